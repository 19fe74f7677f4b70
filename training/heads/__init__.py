"""Slide heads: many tiles of one slide become one score."""
