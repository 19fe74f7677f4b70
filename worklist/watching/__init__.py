"""Watching the service: measures, the drift of the model, and the list of what needs a hand."""
