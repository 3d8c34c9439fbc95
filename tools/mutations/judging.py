"""Decide whether an answer is truly wrong, and judge it. Runs in worker processes, each of which imports Keras once."""

import concurrent.futures
import contextlib
import functools
import gc
import io
import multiprocessing
import os
import sys
import warnings

BLOCKS = ("identity_block", "convolutional_block")  # what ResNet50 calls


def is_wrong(answer):
    """Whether an answer computes something else than the solution, decided without the package's judge."""
    from tests.helpers import numpy_outputs

    if answer.exercise == "gradient_norms":
        return gradients_differ(answer.source)
    return numpy_outputs.differ(_solution_outputs(answer.exercise), numpy_outputs.outputs(answer.exercise, answer.source))


@functools.cache
def _solution_outputs(exercise):
    from tests.helpers import numpy_outputs

    return list(numpy_outputs.outputs(exercise, solution_source(exercise)))


@functools.cache
def solution_source(exercise):
    """The solution cell of an exercise."""
    from tests.helpers.answers import folder_of
    from tests.helpers.submissions import solution_cells

    return solution_cells(folder_of(exercise).name)[exercise.lower()]


# ------------------------------------------------------------------ gradient_norms

MODELS = [
    {
        "model": [
            ["Dense", {"units": 4, "activation": "tanh"}],
            ["BatchNormalization", {}],
            ["Dense", {"units": 3, "trainable": False}],
            ["Dense", {"units": 3, "activation": "softmax", "kernel_regularizer": "l2"}],
        ],
        "shape": [6],
        "batch": 5,
        "seed": 101,
    },
    {
        "model": [
            ["Conv2D", {"filters": 2, "kernel_size": 2}],
            ["Flatten", {}],
            ["Sequential", {"layers": [["Dense", {"units": 5, "activation": "tanh"}], ["Dense", {"units": 4}]]}],
            ["Dense", {"units": 4, "activation": "softmax"}],
        ],
        "shape": [4, 3, 2],
        "batch": 5,
        "seed": 102,
    },
]


def gradients_differ(source):
    """Whether a gradient_norms differs from the solution on models that no case uses."""
    import numpy as np

    expected, found = _norms(solution_source("gradient_norms")), _norms(source)
    return any(
        isinstance(b, Exception) or a.shape != b.shape or not np.allclose(a, b, rtol=1e-3) for a, b in zip(expected, found)
    )


@functools.lru_cache(2)
def _norms(source):
    import numpy as np

    from autograder.student.arguments import make_arguments
    from tests.helpers.answers import exercise_of, namespace

    results, names = [], namespace(source)
    for case in MODELS:
        _, args, _ = make_arguments(exercise_of("gradient_norms"), case)
        try:
            results.append(np.asarray([float(v) for v in np.asarray(names["gradient_norms"](*args))]))
        except Exception as error:  # a mutant may fail in any way
            results.append(error)
    return results


# ------------------------------------------------------------------ Keras itself


SCALES = 1, 30  # of random inputs: small ones do not show where an activation cuts off


def differs_in_keras(answer):
    """Whether a block, built by Keras, gives other values than the solution for random inputs, in either mode."""
    import numpy as np

    expected, found = (_keras_values(answer.exercise, s) for s in (solution_source(answer.exercise), answer.source))
    return any(
        isinstance(b, Exception) or a.shape != b.shape or not np.allclose(a, b, rtol=1e-3, atol=1e-4)
        for a, b in zip(expected, found)
    )


def _keras_values(exercise, source):
    import keras
    import numpy as np

    from autograder.student.arguments import make_arguments, takes_both
    from tests.helpers.answers import exercise_of, folder_of, namespace
    from tests.helpers.numpy_outputs import BLOCK_CASES

    function, found = namespace(source, folder=folder_of(exercise))[exercise], []
    for k, case in enumerate(BLOCK_CASES):
        given = {"X": list(case["shape"]), "f": case["f"], "filters": case["filters"]}
        given |= {"initializer": case["initializer"]} if case["initializer"] else {}
        given |= {"s": k} if k and exercise == "convolutional_block" else {}
        try:
            x, args, kwargs = make_arguments(exercise_of(exercise), given, function, takes_both(function))
            model = keras.Model(x, function(*args, **kwargs))
            rng = np.random.default_rng(k)
            data = rng.normal(size=(3, *case["shape"])).astype("float32")
            found += [np.asarray(model(scale * data, training=mode)) for scale in SCALES for mode in (False, True)]
        except Exception as error:  # a mutant may fail in any way
            found += [error] * 2 * len(SCALES)
    return found


# ------------------------------------------------------------------ the verdict


def judged(name, source, others=()):
    """The verdict on an answer, and its entries as they were read."""
    from autograder.model.diagnosis import diagnose
    from autograder.model.hand_in import read_hand_in
    from tests.helpers.answers import exercise_of, reference_of, run_answer

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = run_answer(exercise_of(name), source, others=others)
    handed = read_hand_in(exercise_of(name), reference_of(name), text)
    return diagnose(exercise_of(name), reference_of(name), handed), handed


def killing_cases(name, handed):
    """The numbers of the hidden cases, each of which alone would cost an answer points."""
    from autograder.model.diagnosis import diagnose
    from tests.helpers.answers import exercise_of, reference_of

    reference = reference_of(name)
    return [
        k
        for k, (case, entry) in enumerate(zip(reference["cases"], handed))
        if diagnose(exercise_of(name), {**reference, "cases": [case]}, [entry]).findings
    ]


def examine(answer, cases=False, cross=False, keras=False):
    """Decide and judge one answer; its `result` holds what came out."""
    source = answer.source
    verdict, handed = judged(answer.exercise, source)
    with contextlib.redirect_stdout(io.StringIO()):
        answer.result["wrong"] = is_wrong(answer)
        told = "training flag" in answer.operator  # a network of Keras's that is told its mode overrides it
        if keras and answer.exercise not in ("ResNet50", "gradient_norms") and not told:
            answer.result["keras"] = differs_in_keras(answer)
    if cross and answer.exercise in BLOCKS:
        network, _ = judged("ResNet50", solution_source("ResNet50"), others=[source])
        answer.result["cross"] = network.points - network.score
    if cases and answer.result["wrong"]:
        answer.result["cases"] = killing_cases(answer.exercise, handed)
    answer.result.update(
        score=verdict.score,
        points=verdict.points,
        status=str(verdict.status),
        first=verdict.findings[0].steps[0] if verdict.findings else None,
        codes=[f.codes for f in verdict.findings],
        words=verdict.findings[0].text() if verdict.findings else "",
        touched=answer.touched,
    )
    return answer


CROSS, KERAS, TIDY = (
    20,
    40,
    40,
)  # one answer of so many is judged in the network, compared by Keras itself, and followed by tidying up


def _job(numbered):
    import keras

    number, answer, cases = numbered
    keras.utils.clear_session(free_memory=number % TIDY == 0)  # Keras keeps every weight that was not drawn
    return examine(answer, cases, cross=number % CROSS == 0, keras=number % KERAS == 0)


def _prepare():
    """Load what a worker needs, and keep Python from looking through it for garbage after every few answers."""
    from tests.helpers import answers, numpy_outputs  # noqa: F401

    gc.collect()
    gc.freeze()
    gc.disable()


def examine_all(answers, jobs=2, cases=False, show=None):
    """Examine answers in `jobs` processes, in their order. show: told how far it is."""
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")
    context, done = multiprocessing.get_context("spawn"), []
    with concurrent.futures.ProcessPoolExecutor(jobs, context, _prepare) as pool:
        for answer in pool.map(_job, [(k, a, cases) for k, a in enumerate(answers)], chunksize=8):
            done.append(answer)
            if show and len(done) % 200 == 0:
                show(f"{len(done)} of {len(answers)}")
    return done


def to_stderr(text):
    print(f"\r{text}", end="", file=sys.stderr, flush=True)
