"""Slides seen close: the deep-zoom viewer, the routes that give it tiles, and what is drawn on them."""
