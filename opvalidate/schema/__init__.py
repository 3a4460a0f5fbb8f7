"""opvalidate."""
