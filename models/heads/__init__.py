"""Slide heads: many tiles' embeddings of one slide become one score, and say which tiles it came from."""
