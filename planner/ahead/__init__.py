"""What is coming: today's open cases, and the years in which people retire."""
