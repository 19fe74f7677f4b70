"""Slides as scanners deliver them, behind one small protocol."""
