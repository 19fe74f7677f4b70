"""Cases, deadlines, priority, the store, and intake."""
