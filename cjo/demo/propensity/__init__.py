"""The propensity model that the shipped journey mortgage-advice uses: where it comes from, and how good it is.

`python -m cjo.demo.propensity` makes a world, trains on some of its customers, measures on the others, and writes the
model's file and the figures in the journey's README. The same code writes the same bytes.

| file | has |
|---|---|
| cases.py | customers at a time, with the signal's features of then and what they did afterwards |
| fit.py | logistic regression |
| quality.py | how good a probability is: order, calibration, precision and recall |
| report.py | the model's file and the README's figures |
"""
