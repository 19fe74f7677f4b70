"""Who the visitor is, what their role may do, and the passes that the routes ask for."""
