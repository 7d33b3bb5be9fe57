"""inactivity: active before, then silent for so long."""
