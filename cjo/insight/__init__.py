"""What a plan means and what came of it: in words, as a map, and in figures. Reads plans and logs, decides nothing."""
