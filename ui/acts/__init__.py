"""Acts on one case: each asks first with the case named, acts on the case as it was seen, and says what happened."""
