"""sequence: A, then B, then C within W, with nothing forbidden between them."""
