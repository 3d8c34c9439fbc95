from autograder.grading import configuration

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "residual-networks"
configuration.apply(c)  # the judge, the sandbox and the collecting of submissions

# What one may change, with what it is otherwise. Limits are for a cell or a notebook in seconds, else in MB.
# c.Execute.timeout = 60
# c.ExecuteByQuestion.notebook_timeout = 300
# c.Helper.seconds = 20  # of computing, for reading one notebook or judging one answer
# c.Helper.memory = 1000
# c.Sandbox.memory = 4000
# c.Sandbox.disk = 500
# c.Sandbox.output = 20  # of one cell
# c.Sandbox.processes = 64
# c.Sandbox.files = 512
# c.Sandbox.data = "data"  # a folder that notebooks may read while they are graded
# c.Sandbox.keep_warm = 300  # seconds for which what has imported TensorFlow waits for your next command
# c.Sandbox.sandbox = "none"  # would run submissions with all your rights
# c.SubmissionExporter.keep_attempts = False  # whether earlier ones are kept, for `python -m autograder attempts`
# c.CourseDirectory.db_url = "postgresql://USER@HOST/gradebook"  # for more than one grader at a time
# c.Exchange.root = "/srv/nbgrader/exchange"  # on JupyterHub
# c.CanvasExport.columns = {"residual_networks": "ResNet (4711)"}  # titles that assignments have in Canvas
