"""Who works here, for the administrator; and the page about Forrang itself."""
