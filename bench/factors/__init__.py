"""What moves the rate: rows around one base case, one factor at a time.

The log is plain: page views of customers drawn evenly over a week, each of one of a hundred topics, a hundredth of the
log each. So how many touchpoints are relevant, to how many signals, and for how many customers is set and not found.
The base case: 20 signals, three of them touched by each relevant touchpoint, 20 % of the log relevant, 100,000
customers, state on the heap, two TaskManagers. No journeys: the cases `cjo` and `policies` of `python -m bench` have
those.
"""
