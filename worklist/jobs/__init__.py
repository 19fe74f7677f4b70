"""Jobs: slides that wait for the AI, who works on which, and what became of each."""
