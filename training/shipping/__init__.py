"""What must be true before a model is used: cards, checks, promotion."""
