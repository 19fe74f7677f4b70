"""Phantom slides: drawn, not scanned, for the demo and the tests."""
