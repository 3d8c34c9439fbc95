"""Answers to gradient_norms: each part of the function in one of several spellings, right or wrong."""

import itertools
from dataclasses import dataclass, field

IMPORTS = "import functools\n\n"
# part: {name: code}; the first is the solution's
KERNELS = {
    "by name": "[v for v in model.trainable_variables if v.name == 'kernel']",
    "by path": "[v for v in model.trainable_variables if 'kernel' in v.path]",
    "end of path": "[v for v in model.trainable_weights if v.path.endswith('/kernel')]",
    "filter": "list(filter(lambda v: v.name == 'kernel', model.trainable_variables))",
    "by dimensions": "[v for v in model.trainable_variables if len(v.shape) > 1]",
    "generator": "list(v for v in model.trainable_weights if v.name.startswith('kernel'))",
    "loop": "kernels_of(model)",
    "recursion": "collected(list(model.trainable_variables))",
}
HELPERS = {
    "kernels_of": "def kernels_of(network):\n    found = []\n    for variable in network.trainable_variables:\n"
    "        if variable.name == 'kernel':\n            found.append(variable)\n    return found\n",
    "collected": "def collected(variables):\n    if not variables:\n        return []\n    first, *others = variables\n"
    "    return ([first] if first.name == 'kernel' else []) + collected(others)\n",
    "length": "def length(gradient):\n    return np.sqrt(np.sum(np.square(gradient)))\n",
    "Length": "class Length:\n    def __call__(self, gradient):\n        return tf.norm(gradient)\n",
    "mean_loss": "def mean_loss(y, probabilities):\n"
    "    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))\n",
}
CALL = {
    "called": "model(X, training=True)",
    "star keywords": "model(X, **{'training': True})",
    "by __call__": "model.__call__(X, training=True)",
    "of a tensor": "model(tf.convert_to_tensor(X), training=True)",
    "partial": "functools.partial(model, training=True)(X)",
}
LOSS = {
    "function": "tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))",
    "object": "keras.losses.SparseCategoricalCrossentropy()(y, probabilities)",
    "logarithms": "-tf.reduce_mean(tf.math.log(tf.gather(probabilities, y, batch_dims=1)))",
    "sum over length": "tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(y, probabilities)) / len(y)",
    "keras.ops.mean": "keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))",
    "own function": "mean_loss(y, probabilities)",
    "one-hot": "tf.reduce_mean(keras.losses.categorical_crossentropy(tf.one_hot(y, probabilities.shape[-1]), "
    "probabilities))",
}
GRADIENT = {
    "values": "tape.gradient(loss, [kernel.value for kernel in kernels])",
    "one by one": "[tape.gradient(loss, kernel.value) for kernel in kernels]",
    "variables": "tape.gradient(loss, kernels)",
    "map": "list(map(functools.partial(tape.gradient, loss), [k.value for k in kernels]))",
    "tuple": "tape.gradient(loss, tuple(kernel.value for kernel in kernels))",
}
NORM = {
    "NumPy": "np.sqrt(np.sum(np.square(gradient)))",
    "tf.norm": "tf.norm(gradient)",
    "linalg": "np.linalg.norm(np.ravel(gradient))",
    "power": "float(np.sum(np.asarray(gradient) ** 2) ** 0.5)",
    "keras.ops": "keras.ops.sqrt(keras.ops.sum(gradient * gradient))",
    "own function": "length(gradient)",
    "object": "Length()(gradient)",
    "lambda": "(lambda g: tf.sqrt(tf.reduce_sum(tf.square(g))))(gradient)",
}
RESULT = {
    "comprehension": "np.array([@norm@ for gradient in gradients])",
    "list": "[@norm@ for gradient in gradients]",
    "map": "np.array(list(map(lambda gradient: float(@norm@), gradients)))",
    "stack": "tf.stack([tf.cast(@norm@, 'float32') for gradient in gradients])",
    "generator": "np.fromiter((float(@norm@) for gradient in gradients), dtype=float)",
    "asarray": "np.asarray([float(@norm@) for gradient in gradients], dtype='float32')",
}
PARTS = {"kernels": KERNELS, "call": CALL, "loss": LOSS, "gradient": GRADIENT, "norm": NORM, "result": RESULT}
FORMS = ("def", "decorated", "object", "inner function", "lambda", "compiled step", "loop")

# operator, part, code instead, touched step
WRONG = [
    ("training flag", "call", "model(X, training=False)", "training"),
    ("training flag", "call", "model(X)", "training"),
    *(
        ("loss", "loss", code, "loss")
        for code in (
            "tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(y, probabilities))",
            "tf.reduce_max(keras.losses.sparse_categorical_crossentropy(y, probabilities))",
            "0.5 * tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))",
            "tf.reduce_mean((tf.one_hot(y, probabilities.shape[-1]) - probabilities) ** 2)",
            "tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, tf.nn.softmax(probabilities)))",
            "tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(tf.zeros_like(y), probabilities))",
            "tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities)) + sum(model.losses)",
            "-tf.reduce_mean(probabilities)",
        )
    ),
    *(
        ("norm", "norm", code, "norm")
        for code in (
            "np.sum(np.square(gradient))",
            "np.sum(np.abs(gradient))",
            "np.max(np.abs(gradient))",
            "np.sqrt(np.mean(np.square(gradient)))",
            "np.mean(np.abs(gradient))",
            "np.abs(np.sum(gradient))",
            "np.linalg.norm(np.ravel(gradient), 1)",
        )
    ),
    *(
        ("kernels", "kernels", code, "kernels")
        for code in (
            "list(model.trainable_variables)",
            "[v for v in model.trainable_variables if v.name == 'bias']",
            "[v for v in model.variables if v.name == 'kernel']",
            "[v for v in model.trainable_variables if v.name != 'bias']",
            "[v for v in model.trainable_variables if v.name == 'kernel'][::-1]",
            "[v for v in model.trainable_variables if v.name == 'kernel'][1:]",
            "[v for v in model.trainable_variables if v.name == 'kernel'][:-1]",
            "[layer.kernel for layer in model.layers if isinstance(layer, layers.Dense) and layer.trainable]",
        )
    ),
    ("order", "result", "np.sort([@norm@ for gradient in gradients])", "kernels"),
    ("order", "result", "np.array([@norm@ for gradient in gradients[::-1]])", "kernels"),
    ("order", "result", "np.cumsum([@norm@ for gradient in gradients])", "kernels"),
    ("wrong variable", "result", "np.array([@norm@ for gradient in kernels])", "loss"),
]


@dataclass
class GradientAnswer:
    """An answer to gradient_norms. mistakes: entries of WRONG; spelled: {part: name}; frame: {"form": ...}."""

    mistakes: tuple = ()
    spelled: dict = field(default_factory=dict)
    groups: tuple = ()
    frame: dict = field(default_factory=dict)
    result: dict = field(default_factory=dict)
    exercise: str = "gradient_norms"

    @property
    def operator(self):
        return " + ".join(mistake[0] for mistake in self.mistakes)

    @property
    def touched(self):
        return {mistake[3] for mistake in self.mistakes}

    def written(self):
        """The source code, and the form that it has."""
        return self.source, [f"as: {self.frame.get('form', 'def')}"]

    @property
    def source(self):
        code = {part: table.get(self.spelled.get(part), next(iter(table.values()))) for part, table in PARTS.items()}
        code |= {mistake[1]: mistake[2] for mistake in self.mistakes}
        form = self.frame.get("form", "def")
        watch = "persistent=True" if code["gradient"] in (GRADIENT["one by one"], GRADIENT["map"]) else ""
        body = [
            f"kernels = {code['kernels']}",
            f"with tf.GradientTape({watch}) as tape:",
            f"    probabilities = {code['call']}",
            f"    loss = {code['loss']}",
            f"gradients = {code['gradient']}",
        ]
        result = code["result"].replace("@norm@", code["norm"])
        body += [f"return {result}"] if form != "loop" else looped(result, code["norm"])
        text = framed(form, body)
        helpers = [helper for name, helper in HELPERS.items() if f"{name}(" in text]
        return IMPORTS + "\n\n".join([*helpers, text]) + "\n"


def looped(result, norm):
    """The plain result as a loop that appends."""
    if result != RESULT["comprehension"].replace("@norm@", norm):
        return [f"return {result}"]
    return ["norms = []", "for gradient in gradients:", f"    norms.append({norm})", "return np.array(norms)"]


def framed(form, body):
    inside = ["    " + line for line in body]
    deep = ["    " + line for line in inside]
    head = "(model, X, y):"
    if form == "decorated":
        inner = ["    @functools.wraps(function)", "    def inside(*args):", "        return function(*args)"]
        lines = [
            "def watched(function):",
            *inner,
            "",
            "    return inside",
            "",
            "",
            "@watched",
            f"def gradient_norms{head}",
            *inside,
        ]
    elif form == "object":
        lines = ["class Norms:", "    def __call__(self, model, X, y):", *deep, "", "", "gradient_norms = Norms()"]
    elif form == "inner function":
        lines = [f"def gradient_norms{head}", "    def norms():", *deep, "", "    return norms()"]
    elif form == "lambda":
        lines = [f"def norms{head}", *inside, "", "", "gradient_norms = lambda model, X, y: norms(model, X, y)"]
    elif form == "compiled step":
        inner = ["    def norms(*, network=model):", "        model = network", *deep, "", "    return norms()"]
        lines = [f"def gradient_norms{head}", *inner]
    else:
        lines = [f"def gradient_norms{head}", *inside]
    return "\n".join(lines)


def drawn(rng, order=0):
    """A random answer with so many mistakes, each in a part of its own."""
    while True:
        mistakes = tuple(rng.sample(WRONG, order))
        if all(a[1] != b[1] for a, b in itertools.combinations(mistakes, 2)):
            spelled = {part: rng.choice(list(table)) for part, table in PARTS.items()}
            return GradientAnswer(mistakes, spelled, frame={"form": rng.choice(FORMS)})
