"""What the backends that write Python share: layout as `ruff format` leaves it, docstrings, names, values."""
