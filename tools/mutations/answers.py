"""Answers to the exercises that ask for a graph: a network, how it is spelled, wrapped and framed, and its source code."""

from dataclasses import dataclass, field

from . import class_wrappers, spellings, wrong  # noqa: F401 wrappers register themselves
from .networks import network
from .tables import TABLES
from .wrapping import BY_STATEMENTS, WRAPPERS, NotPossible, indented

MERGED = {"Subtract": "@a@ - @b@", "Multiply": "@a@ * @b@"}
FILTERS = {
    "unpacked": ["F1, F2, F3 = filters"],
    "by index": ["F1, F2, F3 = filters[0], filters[1], filters[2]"],
    "popped": ["F1 = filters.pop(0)", "F2 = filters.pop(0)", "F3 = filters.pop()"],
    "popped from behind": ["F3, F2, F1 = filters.pop(), filters.pop(), filters.pop()"],
    "starred": ["F1, *others, F3 = filters", "F2 = others[0]"],
    "next": ["remaining = iter(filters)", "F1, F2, F3 = next(remaining), next(remaining), next(remaining)"],
    "comprehension": ["(F1, F2, F3) = [int(number) for number in filters]"],
    "walrus": ["F3 = (numbers := tuple(filters))[-1]", "F1, F2 = numbers[:2]"],
}
SAVE = {
    "before": ["@X@, @S@ = @X@, @X@"],
    "assigned": ["@S@ = @X@"],
    "walrus": ["@X@ = (@S@ := @X@)"],
    "chained": ["@S@ = @X@ = @X@"],
}
SIGNATURES = ("plain", "keyword-only", "positional-only", "*args and **kwargs", "**kwargs", "renamed")
FORMS = ("def", "decorated", "object", "bound method", "partial", "lambda", "made by a function")
INPUTS = (
    "Input(@shape@)",
    "Input(shape=@shape@)",
    "keras.Input(@shape@)",
    "layers.Input(shape=tuple(@shape@))",
    "keras.Input(batch_shape=(None, *@shape@))",
)
MODELS = (
    "Model(inputs=X_input, outputs=@X@)",
    "keras.Model(X_input, @X@)",
    "Model([X_input], [@X@])",
    "keras.models.Model(inputs=X_input, outputs=@X@, name='ResNet50')",
)
EXTRAS = {
    "none": [],
    "docstring": ['"""My answer."""'],
    "print": ["print('here')"],
    "dead code": ["if False:", "    return None"],
    "unused": ["unused = [1, 2, 3]"],
}
OPTIONS = {
    "filters": tuple(FILTERS),
    "save": tuple(SAVE),
    "signature": SIGNATURES,
    "form": FORMS,
    "input": INPUTS,
    "model": MODELS,
    "extra": tuple(EXTRAS),
    "order": ("main first", "shortcut first"),
    "names": (("X", "X_shortcut"), ("x", "shortcut"), ("Y", "saved")),
    "return": ("variable", "expression"),
}
IMPORTS = "import functools\nimport operator\n\n"


@dataclass
class Answer:
    """An answer.

    mistakes: what is wrong with it; spelled: {key of a step: name}; groups: (wrapper, first key, last key); frame: options.
    """

    exercise: str
    mistakes: tuple = ()
    spelled: dict = field(default_factory=dict)
    groups: tuple = ()
    frame: dict = field(default_factory=dict)
    result: dict = field(default_factory=dict)

    @property
    def operator(self):
        return " + ".join(operator for operator, _, _ in self.mistakes)

    def built(self):
        """The network with its mistakes, and the steps that they touch. Raises wrong.Impossible."""
        made, touched = network(self.exercise), set()
        for mistake in self.mistakes:
            touched |= wrong.apply(made, mistake)
        return made, touched

    @property
    def touched(self):
        return self.built()[1]

    @property
    def source(self):
        return self.written()[0]

    def written(self):
        """The source code, and the wrappers and the form that it truly has: not every wrapper can hold every step."""
        writer = _Writer(self, self.built()[0])
        source = writer.source()
        return source, sorted(writer.applied)

    def options(self):
        return {name: self.frame.get(name, values[0]) for name, values in OPTIONS.items()}


class _Writer:
    """Writes the source code of one answer."""

    def __init__(self, answer, made):
        self.answer, self.network, self.options = answer, made, answer.options()
        self.top, self.local, self.count, self.applied = [], [], 0, set()
        self.x, self.s = self.options["names"]

    def define(self, lines, local):
        """Keep a definition, within the function where it uses what is local there."""
        (self.local if local else self.top).append(list(lines))

    def number(self):
        self.count += 1
        return self.count

    # -------------------------------------------------------------- paths

    def leaf(self, step):
        spelled = spellings.spell(step, self.answer.spelled.get(step.key), self.number())
        for text in spelled.top:
            self.define(text.splitlines(), False)
        return spelled

    def tree(self, path):
        """The spelled parts of a path, grouped."""
        keys = [step.key for step in path]
        spans = []
        for kind, first, last in self.answer.groups:
            if first in keys and last in keys and keys.index(first) <= keys.index(last):
                spans.append((keys.index(first), keys.index(last) + 1, kind))
        return self.parts(path, 0, len(path), sorted(spans, key=lambda span: span[0] - span[1]))

    def parts(self, path, start, stop, spans):
        found, k = [], start
        while k < stop:
            span = next((s for s in spans if s[0] == k and s[1] <= stop), None)
            if span is None:
                found.append((path[k], self.leaf(path[k])))
                k += 1
                continue
            rest = spans[spans.index(span) + 1 :]
            inner = self.parts(path, k, span[1], rest)
            steps = path[k : span[1]]
            found += self.wrapped(span[2], steps, inner)
            k = span[1]
        return found

    def wrapped(self, kind, steps, inner):
        """The group in its wrapper; as it is where that is impossible."""
        expressions = all(spelled.value for _, spelled in inner)  # a table is written as statements
        if any(step.lost for step in steps) or not (expressions or kind in BY_STATEMENTS or kind in TABLES):
            return inner
        before = len(self.top), len(self.local)
        try:
            whole = TABLES[kind](steps) if kind in TABLES else WRAPPERS[kind]([s for _, s in inner], self.number(), self)
        except NotPossible:
            del self.top[before[0] :], self.local[before[1] :]
            return inner
        self.applied.add(kind)
        return [(None, whole)]

    def statements(self, path, variable):
        lines = []
        for step, spelled in self.tree(path):
            if step is not None and step.lost:
                lines.append(f"lost = {spelled.call(variable)}")
            else:
                lines += spelled.statements(variable)
        return lines

    # -------------------------------------------------------------- the whole

    def source(self):
        lines = self.block() if self.network.is_block else self.resnet()
        lines = [*[line for one in self.local for line in one], *lines]
        lines = [*self.unpacked(), *lines]
        top = "\n\n".join("\n".join(one) for one in dict.fromkeys(tuple(one) for one in self.top))
        return IMPORTS + (top + "\n\n\n" if top else "") + self.framed(lines) + "\n"

    def block(self):
        made, x, s = self.network, self.x, self.s
        before, after = made.main[: made.branch], made.main[made.branch :]
        save = [line.replace("@X@", x).replace("@S@", s) for line in SAVE[self.options["save"]]]
        main, side = self.statements(after, x), self.statements(made.side, s)
        start = [f"{x} = X"] if x != "X" else []
        paths = [*side, *main] if self.options["order"] == "shortcut first" else [*main, *side]
        lines = [*start, *self.statements(before, x), *save, *paths, *self.joined()]
        result = {"X": x, "S": s, "None": "None", "": None}[made.result]
        return self.returned(lines, result)

    def joined(self):
        lines, names = [], {"X": self.x, "S": self.s}
        for k, step in enumerate(self.network.tail):
            if step.op == "add":
                lines.append(
                    f"{'lost' if step.lost else self.x} = {self.sum(step, *(names[n] for n in self.network.added))}"
                )
            elif k == 0 or self.network.tail[k - 1].op == "add":
                rest = [s for s in self.network.tail[k:] if s.op != "add"]
                lines += self.statements(rest, self.x)
        return lines

    def sum(self, step, a, b):
        merge, name = step.settings.get("merge"), self.answer.spelled.get(step.key)
        table = spellings.PAIRS
        if merge:
            table = {"Add": f"{merge}()([@a@, @b@])", "layers.add": f"layers.{merge.lower()}([@a@, @b@])"}
            if merge in MERGED:
                table["plus"] = MERGED[merge]
        elif name in spellings.PAIR_CLASSES:
            self.define(spellings.PAIR_CLASSES[name].splitlines(), False)
        return table.get(name, next(iter(table.values()))).replace("@a@", a).replace("@b@", b)

    def resnet(self):
        made, x = self.network, self.x
        shape = made.defaults.get("shape", "input_shape")
        lines = [f"X_input = {self.options['input'].replace('@shape@', shape)}", f"{x} = X_input"]
        lines += self.statements(made.main, x)
        model = self.options["model"].replace("@X@", x if made.result != "input" else "X_input")
        result = {"S": None, "None": "None"}.get(made.result, model)
        if made.result == "X" and ("return", "softmax", "X") in self.answer.mistakes:
            result = x
        return [*lines, f"return {result}"]

    def returned(self, lines, result):
        if result is None:
            return [*lines, "pass"]
        if self.options["return"] == "expression" and lines[-1].startswith(f"{result} = "):
            return [*lines[:-1], "return " + lines[-1].removeprefix(f"{result} = ")]
        return [*lines, f"return {result}"]

    # -------------------------------------------------------------- the frame

    def parameters(self):
        required = ["X", "f", "filters"] if self.network.is_block else []
        return required, [(name, value) for name, value in self.network.defaults.items() if name != "shape"]

    def signature(self):
        """The parameters, as text, and the statements that give them the names of the task."""
        required, optional = self.parameters()
        written, kind = [*required, *(f"{n}={v}" for n, v in optional)], self.options["signature"]
        if kind == "keyword-only":
            return ", ".join([*written[:1], "*", *written[1:]] if required else ["*", *written]), []
        if kind == "positional-only" and required:
            return ", ".join([*written[:3], "/", *written[3:]]), []
        if kind == "renamed" and required:
            new = {"X": "inputs", "f": "size", "filters": "channels", "s": "stride", "initializer": "init"}
            names = [*required, *(n for n, _ in optional)]
            text = ", ".join([*(new[n] for n in required), *(f"{new[n]}={v}" for n, v in optional)])
            return text, [f"{', '.join(names)} = {', '.join(new[n] for n in names)}"]
        if kind in ("*args and **kwargs", "**kwargs") and required:
            names = [*required[1:], *(n for n, _ in optional)]
            stars = kind != "**kwargs"
            given = f"given = {{**dict(zip({names!r}, args)), **kwargs}}" if stars else "given = kwargs"
            lines = [given, "f, filters = given['f'], given['filters']"]
            lines += [f"{n} = given.get({n!r}, {v})" for n, v in optional]
            return "X, *args, **kwargs" if stars else "X, **kwargs", lines
        return ", ".join(written), []

    def unpacked(self):
        extra = EXTRAS[self.options["extra"]]
        if not self.network.is_block:
            return list(extra)
        return [*extra, *self.signature()[1], *FILTERS[self.options["filters"]]]

    def framed(self, lines):
        name, (parameters, _) = self.answer.exercise, self.signature()
        form = self.options["form"]
        if form == "lambda" and self.options["signature"] in ("renamed", "positional-only"):
            form = "def"  # it hands on the names that it is given
        self.applied.add(f"as: {form}")
        if form == "object":
            inside = [f"    def __call__(self, {parameters}):", *indented(lines, 8)]
            return "\n".join([f"class Built_{name}:", *inside, "", "", f"{name} = Built_{name}()"])
        if form == "bound method":
            inside = [f"    def {name}(self, {parameters}):", *indented(lines, 8)]
            return "\n".join(["class Builder:", *inside, "", "", f"{name} = Builder().{name}"])
        if form == "made by a function":
            inside = [f"    def {name}({parameters}):", *indented(lines, 8), "", f"    return {name}"]
            return "\n".join([f"def make_{name}():", *inside, "", "", f"{name} = make_{name}()"])
        if form == "partial":
            whole = [f"def built_{name}({parameters}):", *indented(lines)]
            return "\n".join([*whole, "", "", f"{name} = functools.partial(built_{name})"])
        if form == "lambda":
            whole = [f"def built_{name}({parameters}):", *indented(lines)]
            return "\n".join([*whole, "", "", f"{name} = lambda *args, **kwargs: built_{name}(*args, **kwargs)"])
        decorator = []
        if form == "decorated":
            inner = [
                "    @functools.wraps(function)",
                "    def inside(*args, **kwargs):",
                "        return function(*args, **kwargs)",
            ]
            decorator = ["def watched(function):", *inner, "", "    return inside", "", "", "@watched"]
        return "\n".join([*decorator, f"def {name}({parameters}):", *indented(lines)])
