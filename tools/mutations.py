"""The mutation laboratory: is every wrong solution charged, is none that is right, and is the right step named?

    python -m tools.mutations [--sample N] [--second-order N]

From the solutions it makes wrong ones, by operators that make the mistakes which students make, and right ones, by
operators that keep the meaning. tests/helpers/numpy_keras.py decides whether a mutant is truly wrong. The hand-ins of all of
them are judged, and the figures are printed by operator. Exits with 1 if a wrong one gets full points, a right one
loses any, a wrong block costs points in the network that calls it, or too few first findings name the touched step.
"""

import argparse
import ast
import collections
import concurrent.futures
import contextlib
import functools
import io
import multiprocessing
import os
import random
import re
import sys
from dataclasses import dataclass, field

from tests.helpers.submissions import EXERCISES, OPTIONAL, solution_cells

ALL = (*EXERCISES, OPTIONAL)
LAYER = re.compile(
    r"^\s*(\w+ = )?.*(Conv2D|BatchNormalization|Activation|Add|ZeroPadding2D|MaxPooling2D|"
    r"AveragePooling2D|Flatten|Dense|Input|convolutional_block|identity_block)\(.*\)$"
)


@dataclass
class Mutant:
    """A changed solution. `steps` are the ids of the steps that the change touched."""

    exercise: str
    operator: str
    source: str
    steps: set
    line: str = ""
    wrong: bool = True
    result: dict = field(default_factory=dict)


@dataclass
class Solution:
    """A solution as lines of one statement each, with the step that each line belongs to."""

    exercise: str
    lines: list
    step: dict

    def mutant(self, operator, lines, steps, wrong=True, line=""):
        return Mutant(self.exercise, operator, "\n".join(lines) + "\n", set(steps), line, wrong)

    def replaced(self, k, *new):
        return [*self.lines[:k], *new, *self.lines[k + 1 :]]


def solution(name):
    """The Solution of an exercise, without comments and docstring."""
    from tests.helpers.answers import exercise_of, folder_of

    function = ast.parse(solution_cells(folder_of(name).name)[name.lower()]).body[0]
    function.body = function.body[1:]
    lines = ast.unparse(function).splitlines()
    steps, found = [step.id for step in exercise_of(name).steps if step.id != "softmax"], {}
    if name == "gradient_norms":
        return Solution(name, lines, {})
    for k, line in enumerate(lines[1:], start=1):
        if not LAYER.match(line):
            continue
        twin = "identity_block" in line and "identity_block" in lines[k - 1]
        found[k] = found[k - 1] if twin else steps.pop(0)
    assert not steps, steps
    return Solution(name, lines, found)


# ------------------------------------------------------------------ wrong ones

# operator: (pattern, replacements); each occurrence in each line gives a mutant for each replacement
CHANGES = [
    ("padding", r"padding='same'", ["padding='valid'"]),
    ("stride", r"strides=\(s, s\)", ["strides=(1, 1)", "strides=(2, 2)", "strides=(s, 1)", "strides=(1, s)"]),
    ("stride", r"strides=\(2, 2\)", ["strides=(1, 1)", "strides=(3, 3)", "strides=(2, 1)"]),
    ("stride", r"(?<=\(f, f\)), padding", [", strides=2, padding", ", strides=(2, 1), padding"]),
    ("stride", r"(?<=F3, \(1, 1\)), padding", [", strides=2, padding"]),
    ("kernel size", r"\(1, 1\)(?=, (strides|padding))", ["(2, 2)", "(3, 3)"]),
    ("kernel size", r"\(f, f\)", ["(1, 1)", "(3, 3)", "(f, 1)", "(f + 1, f + 1)"]),
    ("kernel size", r"\(7, 7\)", ["(5, 5)", "(3, 3)", "(7, 5)"]),
    ("dilation", r"padding='same'", ["padding='same', dilation_rate=2"]),
    ("filters", r"Conv2D\(F1", ["Conv2D(F2", "Conv2D(F3", "Conv2D(f"]),
    ("filters", r"Conv2D\(F2", ["Conv2D(F1", "Conv2D(F3"]),
    ("filters", r"Conv2D\(F3", ["Conv2D(F1", "Conv2D(F2"]),
    ("filters", r"Conv2D\(64", ["Conv2D(32", "Conv2D(128"]),
    ("filters", r"\[(\d+), (\d+), (\d+)\]", [r"[\1, \2, \1]", r"[\3, \2, \1]", r"[\1, \3, \2]", r"[32, \2, \3]"]),
    ("hard-coded", r"Conv2D\(F\d", ["Conv2D(4"]),
    ("hard-coded", r"Dense\(classes", ["Dense(6", "Dense(10"]),
    ("hard-coded", r"Input\(input_shape\)", ["Input((64, 64, 3))"]),
    ("axis", r"axis=3", ["axis=1", "axis=2"]),
    ("epsilon", r"axis=3", ["axis=3, epsilon=0.1"]),
    ("seed", r"\(seed=0\)", ["(seed=1)", "()"]),
    ("initializer", r"initializer\(seed=0\)", ["glorot_uniform(seed=0)", "he_normal(seed=0)", "random_uniform(seed=0)"]),
    ("initializer", r", kernel_initializer=\w+\(seed=0\)", [""]),
    ("initializer", r"=glorot_uniform\(seed=0\)", ["=he_normal(seed=0)", "=random_uniform(seed=0)"]),
    (
        "activation",
        r"Activation\('relu'\)",
        [
            "Activation('tanh')",
            "Activation('sigmoid')",
            "Activation('relu6')",
            "Activation('leaky_relu')",
            "Activation('elu')",
        ],
    ),
    ("activation", r"'softmax'", ["'sigmoid'", "'relu'", "None"]),
    (
        "pool",
        r"MaxPooling2D\(\(3, 3\)",
        ["MaxPooling2D((2, 2)", "MaxPooling2D((3, 3), padding='same'", "AveragePooling2D((3, 3)"],
    ),
    (
        "pool",
        r"AveragePooling2D\(\(2, 2\)\)",
        ["MaxPooling2D((2, 2))", "GlobalAveragePooling2D()", "AveragePooling2D((1, 1))"],
    ),
    ("zero padding", r"\(3, 3\)\)\(X_input", ["(2, 2))(X_input", "((3, 3), (0, 0)))(X_input"]),
    ("training flag", r"\(axis=3\)\((\w+)\)", [r"(axis=3)(\1, training=True)", r"(axis=3)(\1, training=False)"]),
    ("addition", r"Add\(\)", ["Concatenate()", "Subtract()", "Multiply()", "Average()", "Maximum()"]),
    ("wrong variable", r"(?<=\))\(X\)$", ["(X_shortcut)"]),
    ("wrong variable", r"(?<=\))\(X_shortcut\)$", ["(X)"]),
    ("wrong variable", r"\[X, X_shortcut\]", ["[X, X]", "[X_shortcut, X_shortcut]"]),
    ("result lost", r"^(\s+)X = (?=\w+\()", [r"\1Y = "]),
    ("result lost", r"^(\s+)X_shortcut = (?=\w+\()", [r"\1Y = "]),
    ("stage count", r"range\((\d)\)", ["range(1)", "range(4)", "range(6)"]),
    ("block arguments", r"f=3", ["f=1", "f=5"]),
    ("block arguments", r"X, 3, (\[.*?\])", [r"X, 5, \1", r"X, 1, \1"]),
    ("block arguments", r"s=1", ["s=2"]),
    ("block arguments", r"s=2\)", ["s=1)", "s=3)"]),
    ("wrong block", r"= convolutional_block\((.*), s=\d\)", [r"= identity_block(\1)"]),
    ("wrong block", r"= identity_block\(", ["= convolutional_block("]),
]
SIGNATURES = [
    ("s=2", "s=1", {"conv1", "shortcut_conv"}),
    ("=random_uniform", "=glorot_uniform", {"conv1"}),
    ("=glorot_uniform)", "=he_normal)", {"conv1"}),
    ("classes=6", "classes=10", {"dense"}),
    ("(64, 64, 3)", "(64, 64, 1)", {"input"}),
]
GRADIENT_CHANGES = [
    ("training flag", "training=True", ["training=False"], {"training"}),
    ("training flag", ", training=True", [""], {"training"}),
    ("loss", "tf.reduce_mean(", ["tf.reduce_sum(", "tf.reduce_max(", "0.5 * tf.reduce_mean("], {"loss"}),
    (
        "loss",
        "keras.losses.sparse_categorical_crossentropy(y, probabilities)",
        [
            "(tf.one_hot(y, probabilities.shape[-1]) - probabilities) ** 2",
            "probabilities",
            "-probabilities",
            "keras.losses.sparse_categorical_crossentropy(y, tf.nn.softmax(probabilities))",
            "keras.losses.sparse_categorical_crossentropy(tf.zeros_like(y), probabilities)",
        ],
        {"loss"},
    ),
    (
        "norm",
        "np.sqrt(np.sum(np.square(gradient)))",
        [
            "np.sum(np.square(gradient))",
            "np.sum(np.abs(gradient))",
            "np.max(np.abs(gradient))",
            "np.sqrt(np.mean(np.square(gradient)))",
            "np.mean(np.abs(gradient))",
            "np.abs(np.sum(gradient))",
            "np.min(np.abs(gradient))",
            "np.std(gradient)",
        ],
        {"norm"},
    ),
    (
        "kernels",
        " if variable.name == 'kernel'",
        ["", " if variable.name == 'bias'", " if variable.name != 'kernel'"],
        {"kernels"},
    ),
    (
        "kernels",
        "model.trainable_variables",
        [
            "model.variables",
            "model.trainable_variables[::-1]",
            "model.trainable_variables[1:]",
            "model.trainable_variables[:-2]",
            "model.layers[-1].trainable_variables",
        ],
        {"kernels"},
    ),
    (
        "order",
        "for gradient in gradients]",
        ["for gradient in gradients[::-1]]", "for gradient in gradients[1:]]", "for gradient in gradients[:-1]]"],
        {"kernels"},
    ),
    ("order", "np.array([", ["np.sort([", "np.cumsum(["], {"kernels"}),
    ("wrong variable", "for gradient in gradients]", ["for gradient in kernels]"], {"loss"}),
]


def wrong_mutants(sol):
    """All first-order mutants of a solution that may be wrong."""
    if sol.exercise == "gradient_norms":
        text = "\n".join(sol.lines)
        for operator, old, news, steps in GRADIENT_CHANGES:
            assert old in text, old
            for new in news:
                yield sol.mutant(operator, text.replace(old, new).splitlines(), steps, line=new)
        return
    for k, line in enumerate(sol.lines):
        touched = {sol.step[k]} if k in sol.step else {"add"} if k and "X_shortcut = X" in line else set()
        yield from changed_lines(sol, k, line, touched)
        if k in sol.step and "Input" not in line:
            yield from moved_lines(sol, k, line)
    yield from changed_signatures(sol)
    yield from changed_returns(sol)


def changed_lines(sol, k, line, touched):
    if k not in sol.step and "range(" not in line:
        return
    if "range(" in line:
        touched = {sol.step[k + 1]}
    for operator, pattern, replacements in CHANGES:
        for new in replacements:
            text = re.sub(pattern, new, line, count=1)
            if text != line:
                yield sol.mutant(operator, sol.replaced(k, text), touched | connected(sol, k, operator), line=text.strip())


def connected(sol, k, operator):
    """Further steps that a change of line k touches: the two ends of a connection that it cuts, fused steps."""
    fused = {"softmax"} if "softmax" in sol.lines[k] else set()
    if operator == "wrong variable":
        return fused | {sol.step.get(k - 1)}
    if operator == "result lost":
        return fused | {sol.step.get(k + 1)} | ({"add"} if "X_shortcut" in sol.lines[k] else set())
    return fused


def moved_lines(sol, k, line):
    step, indent = sol.step[k], line[: len(line) - len(line.lstrip())]
    fused = connected(sol, k, "duplicate")
    if len(indent) == 4:
        rest = {"X_input"} & set(re.findall(r"\w+", line))
        dropped = [f"{indent}X = X_input"] if rest else [f"{indent}pass"]
        yield sol.mutant("drop", sol.replaced(k, *dropped), {step}, line=line.strip())
    if "X_input" not in line:
        yield sol.mutant("duplicate", sol.replaced(k, line, line), {step} | fused, line=line.strip())
    following = sol.lines[k + 1] if k + 1 in sol.step else ""
    if following.startswith(indent + "X") and "X_input" not in line and len(indent) == 4:  # noqa: SIM102
        if ("X_shortcut" in line.split("=")[0]) == ("X_shortcut" in following.split("=")[0]):
            lines = [*sol.lines[:k], following, line, *sol.lines[k + 2 :]]
            yield sol.mutant("swap", lines, {step, sol.step[k + 1]}, line=line.strip())


def changed_signatures(sol):
    for old, new, steps in SIGNATURES:
        if old in sol.lines[0]:
            yield sol.mutant("default", sol.replaced(0, sol.lines[0].replace(old, new)), steps, line=new)


def changed_returns(sol):
    last = max(sol.step)
    for k, line in enumerate(sol.lines):
        if line.strip() == "X_shortcut = X":
            for target in [i for i in sol.step if "X_shortcut" not in sol.lines[i].split("=")[0] and i < last - 1]:
                if "X_shortcut" in sol.lines[target]:
                    break
                lines = [*sol.lines[:k], *sol.lines[k + 1 : target + 1], line, *sol.lines[target + 1 :]]
                yield sol.mutant("shortcut elsewhere", lines, {"add", "shortcut_conv"}, line=sol.lines[target].strip())
        if line.strip() == "return X":
            for new in ("return X_shortcut", "return None", "pass", "return [X, X_shortcut]"):
                yield sol.mutant("return", sol.replaced(k, "    " + new), {sol.step[last], "add"}, line=new)
        if "return Model" in line:
            for new in ("return Model(inputs=X_input, outputs=X_input)", "return None", "return X"):
                yield sol.mutant("return", sol.replaced(k, "    " + new), {"softmax", "dense"}, line=new)


# ------------------------------------------------------------------ right ones

SAME = [
    (
        "relu spelled otherwise",
        r"Activation\('relu'\)\((X\w*)\)",
        [
            r"ReLU()(\1)",
            r"keras.activations.relu(\1)",
            r"keras.ops.relu(\1)",
            r"Activation(tf.nn.relu)(\1)",
            r"keras.ops.maximum(\1, 0)",
            r"layers.ReLU()(\1)",
        ],
    ),
    (
        "sum spelled otherwise",
        r"Add\(\)\(\[X, X_shortcut\]\)",
        [
            "Add()([X_shortcut, X])",
            "X + X_shortcut",
            "X_shortcut + X",
            "layers.add([X, X_shortcut])",
            "keras.ops.add(X, X_shortcut)",
            "layers.Lambda(lambda pair: pair[0] + pair[1])([X, X_shortcut])",
        ],
    ),
    ("axis", r"axis=3", ["axis=-1", ""]),
    ("sizes", r"\(1, 1\), (?=padding|strides)", ["1, ", "[1, 1], ", "kernel_size=(1, 1), "]),
    ("sizes", r"\(f, f\)", ["f", "[f, f]", "kernel_size=f"]),
    ("sizes", r"strides=\((\w), \w\)", [r"strides=\1", r"strides=[\1, \1]"]),
    ("sizes", r"\(7, 7\)", ["7"]),
    ("padding of 1x1", r"padding='valid'", ["padding='same'"]),
    ("padding of 1x1", r", padding='valid'", [""]),
    ("keywords", r"Conv2D\((F\d), \(", [r"Conv2D(filters=\1, kernel_size=("]),
    (
        "explicit zero padding",
        r"^    X = Conv2D\(F2, \(f, f\), padding='same'",
        [
            "    X = ZeroPadding2D((((f - 1) // 2, f // 2), ((f - 1) // 2, f // 2)))(X)\n"
            "    X = Conv2D(F2, (f, f), padding='valid'"
        ],
    ),
    ("bias left out", r"padding='valid'(?=.*\n.* = BatchNormalization)", ["padding='valid', use_bias=False"]),
    (
        "identity inserted",
        r"^    X = (BatchNormalization|Activation|Add|MaxPooling2D|Flatten)",
        [r"    X = layers.Identity()(X)\n    X = \1", r"    X = Activation('linear')(X)\n    X = \1"],
    ),
    ("relu twice", r"^    X = Activation\('relu'\)\(X\)", ["    X = Activation('relu')(Activation('relu')(X))"]),
    ("training left to Keras", r"\(axis=3\)\((\w+)\)", [r"(axis=3)(\1, training=None)"]),
    ("named layers", r"BatchNormalization\(axis=3", ["BatchNormalization(axis=3, name=f'norm_{id(X)}'"]),
    (
        "sequential part",
        r"^    X = (BatchNormalization\(axis=3\))\(X\)\n    X = (Activation\('relu'\))\(X\)",
        [r"    X = keras.Sequential([\1, \2])(X)"],
    ),
    ("dead code", r"^    return ", ["    unused = 1 + 1\n    return ", "    if False:\n        X = None\n    return "]),
    ("double assignment", r"^    X = (Conv2D|Activation)", [r"    X = Y = \1"]),
    (
        "average pooling",
        r"AveragePooling2D\(\(2, 2\)\)",
        ["AveragePooling2D(2)", "AveragePooling2D(pool_size=2, strides=2)", "AveragePooling2D((2, 2), padding='same')"],
    ),
    ("flatten", r"Flatten\(\)", ["layers.Reshape((-1,))"]),
    ("block arguments", r"f=3, filters=", ["3, ", "3, filters="]),
    ("block arguments", r"f=3, filters=(\[.*?\]), s=", [r"3, \1, "]),
    ("block arguments", r"X, 3, (\[.*?\])\)", [r"X, f=3, filters=\1)", r"X=X, f=3, filters=\1)", r"X, 3, filters=\1)"]),
    (
        "softmax",
        r"Dense\(classes, activation='softmax', (.*)\)\(X\)",
        [r"layers.Softmax()(Dense(classes, \1)(X))", r"Activation('softmax')(Dense(classes, \1)(X))"],
    ),
]
GRADIENT_SAME = [
    (
        "norm",
        "np.sqrt(np.sum(np.square(gradient)))",
        ["tf.norm(gradient)", "np.linalg.norm(np.ravel(gradient))", "float(tf.norm(gradient))"],
    ),
    ("result", "np.array([", ["tf.stack([", "list([", "np.asarray([", "np.float64(["]),
    (
        "loss",
        "tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))",
        [
            "keras.losses.SparseCategoricalCrossentropy()(y, probabilities)",
            "-tf.reduce_mean(tf.math.log(tf.gather(probabilities, y, batch_dims=1)))",
            "tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(y, probabilities)) / len(y)",
        ],
    ),
    ("kernels", "variable.name == 'kernel'", ["'kernel' in variable.path", "variable.path.endswith('/kernel')"]),
]


def right_variants(sol):
    """Variants of a solution that keep its meaning."""
    text = "\n".join(sol.lines)
    if sol.exercise == "gradient_norms":
        for operator, old, news in GRADIENT_SAME:
            for new in news:
                yield sol.mutant(operator, text.replace(old, new).splitlines(), (), wrong=False, line=new)
        return
    for operator, pattern, replacements in SAME:
        for new in replacements:
            for match in re.finditer(pattern, text, re.M):
                changed = text[: match.start()] + match.expand(new) + text[match.end() :]
                yield sol.mutant(operator, changed.splitlines(), (), wrong=False, line=match.expand(new).strip())
    for old, new in (("X_shortcut", "saved"), ("F1", "first"), ("X_input", "inputs")):
        if old in text:
            yield sol.mutant("renamed", re.sub(rf"\b{old}\b", new, text).splitlines(), (), wrong=False, line=new)


def second_order(mutants, count, seed=0):
    """Pairs of wrong mutants of one exercise whose changed lines differ, merged into one."""
    rng, found = random.Random(seed), []
    groups = [m for m in mutants if m.exercise != "gradient_norms"]
    for _ in range(20 * count):
        a, b = rng.sample(groups, 2)
        base = solution_lines(a.exercise)
        lines_a, lines_b = a.source.splitlines(), b.source.splitlines()
        if a.exercise != b.exercise or not len(base) == len(lines_a) == len(lines_b):
            continue
        if any(x != o and y != o for x, y, o in zip(lines_a, lines_b, base)):
            continue
        merged = [x if x != o else y for x, y, o in zip(lines_a, lines_b, base)]
        found.append(
            Mutant(
                a.exercise,
                f"{a.operator} + {b.operator}",
                "\n".join(merged) + "\n",
                a.steps | b.steps,
                f"{a.line} + {b.line}",
            )
        )
        if len(found) == count:
            break
    return found


@functools.cache
def solution_lines(name):
    return solution(name).lines


# ------------------------------------------------------------------ judging


def is_wrong(mutant):
    """Whether a mutant truly computes something else, decided without the package's judge."""
    from tests.helpers import numpy_keras

    if mutant.exercise == "gradient_norms":
        return gradients_differ(mutant.source)
    reference = "\n".join(solution_lines(mutant.exercise))
    try:
        return numpy_keras.differ(
            numpy_keras.outputs(mutant.exercise, reference), numpy_keras.outputs(mutant.exercise, mutant.source)
        )
    except SyntaxError:
        return True


def gradients_differ(source):
    """Whether a gradient_norms differs from the solution on models that no case uses."""
    import numpy as np

    from autograder.student.arguments import make_arguments
    from tests.helpers.answers import exercise_of, namespace

    for seed, model in (
        (
            101,
            [
                ["Dense", {"units": 4, "activation": "tanh"}],
                ["BatchNormalization", {}],
                ["Dense", {"units": 3, "activation": "softmax"}],
            ],
        ),
        (102, [["Dense", {"units": 5, "activation": "tanh"}], ["Dense", {"units": 4, "activation": "softmax"}]]),
    ):
        case = {"model": model, "shape": [6], "batch": 5, "seed": seed}
        results = []
        for names in (namespace(), namespace(source)):
            _, args, _ = make_arguments(exercise_of("gradient_norms"), case)
            try:
                results.append(np.asarray([float(v) for v in np.asarray(names["gradient_norms"](*args))]))
            except Exception as error:  # a mutant may fail in any way
                results.append(error)
        a, b = results
        if isinstance(b, Exception) or a.shape != b.shape or not np.allclose(a, b, rtol=1e-3):
            return True
    return False


def examine(mutant):
    """Decide and judge one mutant; runs in a worker process."""
    from tests.helpers.answers import judge_answer

    mutant.result["wrong"] = is_wrong(mutant)
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = judge_answer(mutant.exercise, mutant.source)
        if mutant.exercise in ("identity_block", "convolutional_block"):  # the network calls them
            network = judge_answer("ResNet50", solution_cells()["resnet50"], others=[mutant.source])
            mutant.result["cross"] = network.points - network.score
    mutant.result.update(
        score=verdict.score,
        points=verdict.points,
        status=verdict.status,
        first=verdict.findings[0].steps[0] if verdict.findings else None,
        codes=[f.codes for f in verdict.findings],
    )
    return mutant


def examine_all(mutants, jobs=2):
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # the workers share the cores already
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=context) as pool:
        return list(pool.map(examine, mutants, chunksize=8))


def all_mutants():
    """First-order wrong mutants and right variants, each source once."""
    wrong, right, seen = [], [], set()
    for name in ALL:
        sol = solution(name)
        seen.add("\n".join(sol.lines) + "\n")
        for group, made in ((wrong, wrong_mutants(sol)), (right, right_variants(sol))):
            for mutant in made:
                compile(mutant.source, mutant.line, "exec")
                if mutant.source not in seen:
                    seen.add(mutant.source)
                    group.append(mutant)
    return wrong, right


# ------------------------------------------------------------------ figures


def report(wrong, right, second, show=print):
    """Print the figures by operator; return the mutants that are judged as they should not be."""
    truly = [m for m in wrong if m.result["wrong"]]
    escaped = [m for m in truly if m.result["score"] == m.result["points"]]
    accused = [m for m in right if m.result["score"] < m.result["points"]]
    accused += [m for m in wrong + right + second if m.result.get("cross")]
    show(f"{'wrong, by operator':28}{'mutants':>9}{'truly wrong':>13}{'charged':>9}{'step named':>12}")
    for operator, group in sorted(by_operator(wrong).items()):
        real = [m for m in group if m.result["wrong"]]
        show(
            f"{operator:28}{len(group):9}{len(real):13}{sum(m.result['score'] < m.result['points'] for m in real):9}"
            f"{sum(named(m) for m in real):12}"
        )
    show(f"{'in all':28}{len(wrong):9}{len(truly):13}{len(truly) - len(escaped):9}{sum(map(named, truly)):12}")
    show(f"\n{'right, by operator':28}{'variants':>9}{'accused':>13}")
    for operator, group in sorted(by_operator(right).items()):
        show(f"{operator:28}{len(group):9}{sum(m.result['score'] < m.result['points'] for m in group):13}")
    show(f"{'in all':28}{len(right):9}{len(accused):13}")
    for exercise in ALL:
        show(f"{exercise}: {sum(m.exercise == exercise for m in truly)} truly wrong")
    show(f"points that they cost in other exercises: {sum(m.result.get('cross', 0) for m in wrong + second):g}")
    twice = [m for m in second if m.result["wrong"]]
    share = [sum(map(named, group)) / max(len(group), 1) for group in (truly, twice)]
    show(
        f"first finding names the touched step: {share[0]:.1%} of {len(truly)} first-order, "
        f"{share[1]:.1%} of {len(twice)} second-order"
    )
    escaped += [m for m in twice if m.result["score"] == m.result["points"]]
    return escaped, accused, [m for m in truly + twice if not named(m)], share


def by_operator(mutants):
    groups = collections.defaultdict(list)
    for mutant in mutants:
        groups[mutant.operator].append(mutant)
    return groups


def named(mutant):
    return mutant.result["first"] in mutant.steps


def describe(mutant):
    return (
        f"{mutant.exercise} | {mutant.operator} | {mutant.line} | touched {sorted(filter(None, mutant.steps))} | "
        f"{mutant.result['status']} {mutant.result['score']:g} | {mutant.result['codes']}"
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, help="only so many of each kind, drawn with a fixed seed")
    parser.add_argument("--second-order", type=int, default=100, help="how many pairs (default: 100)")
    options = parser.parse_args(arguments)
    wrong, right = all_mutants()
    second = second_order(wrong, options.second_order)
    if options.sample:
        wrong, right, second = (
            random.Random(1).sample(group, min(options.sample, len(group))) for group in (wrong, right, second)
        )
    done = iter(examine_all([*wrong, *right, *second]))
    wrong, right, second = ([next(done) for _ in group] for group in (wrong, right, second))
    escaped, accused, unnamed, share = report(wrong, right, second)
    for title, group in (
        ("WRONG BUT NOT CHARGED", escaped),
        ("RIGHT BUT CHARGED, OR CHARGED ELSEWHERE", accused),
        ("step not named first", unnamed),
    ):
        for mutant in group:
            print(f"{title}: {describe(mutant)}")
    return 1 if escaped or accused or share[0] < 0.97 or share[1] < 0.90 else 0


if __name__ == "__main__":
    sys.exit(main())
