"""The instructor's commands, for a whole course: grade, feedback, regrade, report, export, collect, bundle, record.

Who runs it: the instructor, trusted. It may import `grading`, `sandbox` and `model`. Like `grading`, it treats every
file of a student as hostile text, and never imports Keras or `student`.
"""
