"""A synthetic shop and bank, what should follow from it, and the command that runs it on the real stack."""
