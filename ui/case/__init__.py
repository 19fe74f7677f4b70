"""One case: its deadline, history, slides, and what the AI says of them."""
