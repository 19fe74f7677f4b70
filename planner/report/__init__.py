"""What a manager reads: a run, a comparison or a search, as one HTML page that needs nothing beside it."""
