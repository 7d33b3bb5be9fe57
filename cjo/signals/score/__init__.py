"""score: points within a window reach a threshold."""
