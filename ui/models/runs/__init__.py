"""Long work on models, each piece in a process of its own, which goes on when the browser is closed or the app ends."""
