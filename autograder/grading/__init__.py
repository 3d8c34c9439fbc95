"""nbgrader's plugins: from a submitted folder to a recorded score.

Who runs it: nbgrader's own, trusted process, and a helper of it that parses what students wrote, under limits (helper.py).
It may import `model` and `sandbox`. It never runs, unpickles or deserialises anything of a student's, and imports neither
Keras nor `student`.
"""
