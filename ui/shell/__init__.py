"""What every page has: the frame and its navigation, the language, badges and facts, and how it is served."""
