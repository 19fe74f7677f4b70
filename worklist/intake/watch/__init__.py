"""Watching scanners' folders: which files are a slide, when it is complete, and taking it in."""
