"""The models for researchers: the registry, comparisons, promotion, training, drift and feedback."""
