"""profile: a condition over the profile turns true."""
