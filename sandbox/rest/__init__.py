"""REST as GitHub answers it. `routes.py` is the table; a file for each topic holds the answers."""
