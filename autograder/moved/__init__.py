"""Names that courses made with version 0.1 have in their nbgrader_config.py. They go in version 0.3."""
