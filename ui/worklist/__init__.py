"""The list of open cases: pages of it, filters, the choice of cases, and acts on many at once."""
