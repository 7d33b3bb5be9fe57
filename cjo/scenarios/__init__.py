"""Scenarios: what happens to a customer, played through the engine, and whether what comes of it was expected."""
