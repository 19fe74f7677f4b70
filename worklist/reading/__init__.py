"""What readers do with a case: assignment, reading, second opinion, verdict, and the feedback made of it."""
