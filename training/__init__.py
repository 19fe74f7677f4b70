"""Data sets, splits, training, evaluation and model cards."""
