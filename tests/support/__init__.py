"""What several rooms' tests build: the smallest real things."""
