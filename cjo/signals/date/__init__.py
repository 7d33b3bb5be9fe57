"""date: a date in the profile comes."""
