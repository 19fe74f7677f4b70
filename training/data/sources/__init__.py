"""Where labelled tiles come from. Each source yields tiles of the one form, and says what it left out and why."""
