"""session: what a visit came to, when it is over."""
