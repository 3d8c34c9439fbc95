"""What a notebook has set for all of its cells, for training perhaps, changes nothing of what its functions build."""

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

from autograder.model.verdict import Status
from autograder.student.checks import judge_public_cases
from tests.helpers.answers import FOLDER, answer, exercise_of
from tests.helpers.grader import run
from tests.helpers.submissions import ASSIGNMENT, EXERCISES, new_course, solution_cells, write_submission
from tests.helpers.verdicts import read_verdicts

# Five that have nothing to do with each other, nor with numbers: one submission shows as much as five.
TOGETHER = """
keras.config.disable_traceback_filtering()
import logging, matplotlib, sys, warnings
matplotlib.use('svg')
matplotlib.rcParams['figure.dpi'] = 20
logging.disable()
sys.setrecursionlimit(100_000)
warnings.simplefilter('error')
"""
SETTINGS = {
    "mixed_precision": "keras.mixed_precision.set_global_policy('mixed_float16')",
    "bfloat16": "keras.config.set_dtype_policy('mixed_bfloat16')",
    "double": "keras.backend.set_floatx('float64')",
    "channels_first": "keras.backend.set_image_data_format('channels_first')",
    "epsilon": "keras.backend.set_epsilon(0.01)",
    "tensor_float_32": "import tensorflow as tf\ntf.config.experimental.enable_tensor_float_32_execution(True)",
    "eager": "import tensorflow as tf\ntf.config.run_functions_eagerly(True)",
    "deterministic": "import tensorflow as tf\ntf.random.set_seed(1)\ntf.config.experimental.enable_op_determinism()",
    "compiled": "import tensorflow as tf\ntf.config.optimizer.set_jit(True)",
    "floating_point": "import numpy as np\nnp.seterr(all='raise')",
    "folder": "import os\nos.makedirs('pictures', exist_ok=True)\nos.chdir('pictures')",
    "folder_by_magic": "%mkdir pictures\n%cd pictures",
    "what_is_said_and_drawn": TOGETHER,
    "backend": "%env KERAS_BACKEND=jax\n%env CUDA_VISIBLE_DEVICES=-1",
}


@pytest.fixture(scope="module")
def verdicts(generated, tmp_path_factory):
    """{student: {exercise: what was recorded}} of a class in which each has set one thing in a cell of their own."""
    course = new_course(generated, tmp_path_factory.mktemp("surroundings") / "course")
    for student, source in SETTINGS.items():
        folder = write_submission(course, student, solution_cells())
        for path in folder.glob("*.ipynb"):
            notebook = nbformat.read(path, as_version=4)
            first = next(k for k, cell in enumerate(notebook.cells) if cell.cell_type == "code")
            notebook.cells.insert(first + 1, nbformat.v4.new_code_cell(f"import keras\n{source}"))
            nbformat.write(notebook, path)
    run(course, "autograder", "grade", ASSIGNMENT)
    return {student: read_verdicts(course, student) for student in SETTINGS}


@pytest.mark.slow
@pytest.mark.parametrize("student", SETTINGS)
def test_the_grade_is_the_same(verdicts, student):
    found = verdicts[student]
    assert {name: found[name]["status"] for name in EXERCISES} == dict.fromkeys(EXERCISES, "right"), found


@pytest.mark.parametrize("name", ["gradient_norms", "identity_block"])
def test_check_says_right_and_leaves_the_settings_as_they_were(name):
    function = answer(name, None)
    reads = (
        keras.config.dtype_policy,
        keras.config.image_data_format,
        tf.config.experimental.tensor_float_32_execution_enabled,
    )
    before = [read() for read in reads]
    try:
        keras.config.set_dtype_policy("mixed_float16")
        keras.config.set_image_data_format("channels_first")
        with np.errstate(all="raise"):
            verdict, _ = judge_public_cases(exercise_of(name), function, FOLDER)
        assert verdict.status is Status.RIGHT, verdict.findings[0].text()
        assert keras.config.dtype_policy().name == "mixed_float16" and keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_dtype_policy(before[0])
        keras.config.set_image_data_format(before[1])
    assert [read() for read in reads] == before


def test_products_are_not_rounded_to_tensor_float_32_while_a_function_is_judged():
    said = []

    def gradient_norms(model, X, y):
        said.append(tf.config.experimental.tensor_float_32_execution_enabled())
        return solution(model, X, y)

    solution = answer("gradient_norms", None)
    judge_public_cases(exercise_of("gradient_norms"), gradient_norms, FOLDER)
    assert said and not any(said)
