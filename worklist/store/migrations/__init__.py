"""The store's schema through time, one step a file; Alembic walks them when the store is opened."""
