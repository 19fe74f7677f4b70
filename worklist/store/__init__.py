"""The store: the database, its tables and their migrations, and the list of cases in them."""
