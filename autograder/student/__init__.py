"""Beside the student's code: in JupyterLab at home, and in a sandboxed kernel while nbgrader grades.

Who runs it: the kernel that runs the student's cells. It is the only room that imports Keras. It may import `model`.
It never sees a hidden reference, and nothing here decides a grade: after the student's code has run, this process is
hostile.
"""
