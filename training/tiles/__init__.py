"""Tile networks: recipes, augmentation, the training loop, and the model folder that comes out."""
