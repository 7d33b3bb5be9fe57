"""change: the rate of something against what it was before."""
