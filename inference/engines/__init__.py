"""What runs a model over batches of tiles, behind one protocol."""
