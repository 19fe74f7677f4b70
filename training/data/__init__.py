"""Labelled tiles and bags: where they come from, how they are split by patient, and what is wrong with them."""
