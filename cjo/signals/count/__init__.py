"""count: so many touchpoints, or different values, within a window."""
