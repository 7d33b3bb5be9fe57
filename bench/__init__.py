"""The benchmark: `python -m bench`, or `make bench`. What is measured and how: docs/reasons/speed.md."""
