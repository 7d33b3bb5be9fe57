"""absence: after A, unless B, within W (S2)."""
