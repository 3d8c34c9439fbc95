"""The pure middle: what a network, an exercise, a submission and a verdict are, as data and functions of data.

Who runs it: both sides, the student's kernel and the trusted grader. It imports the standard library and NumPy only:
no Keras, no nbgrader, nothing that executes data. It never sees files other than an exercise's own.
"""
