"""Random authors: workspaces as people write them, every kind of signal and step in them."""
