"""The answers as data, before they are spelled: paths of steps with settings, each setting a piece of source code."""

import copy
from dataclasses import dataclass, field

SEEDED, GLOROT = "initializer(seed=0)", "glorot_uniform(seed=0)"
DEFAULT_INITIALIZER = {
    "identity_block": "random_uniform",
    "convolutional_block": "glorot_uniform",
    "preactivation_block": "glorot_uniform",
}


@dataclass
class Step:
    """One step: its id in the exercise, its operation, its settings. `key` tells repeated steps apart.

    lost: whether its result is put into a variable that nobody reads.
    """

    id: str
    op: str
    settings: dict = field(default_factory=dict)
    key: str = ""
    lost: bool = False

    def __post_init__(self):
        self.key = self.key or self.id


@dataclass
class Network:
    """An answer: the main path, for a block the path of the shortcut and what follows where they meet.

    branch: the number of steps of the main path before the shortcut is put aside.
    added:  the variables that are joined, "X" and "S".
    result: what is returned: "X", "S", "None" or nothing.
    """

    exercise: str
    main: list
    side: list = field(default_factory=list)
    tail: list = field(default_factory=list)
    branch: int = 0
    added: tuple = ("X", "S")
    defaults: dict = field(default_factory=dict)
    result: str = "X"

    @property
    def is_block(self):
        return self.exercise != "ResNet50"

    def paths(self):
        return [path for path in (self.main, self.side, self.tail) if path]

    def copy(self):
        return copy.deepcopy(self)


def conv(name, filters, size, strides, padding="'valid'", initializer=SEEDED):
    settings = {"filters": filters, "size": size, "strides": strides, "padding": padding, "initializer": initializer}
    return Step(name, "conv", settings)


def norm(name):
    return Step(name, "bn", {"axis": "3"})


def relu(name):
    return Step(name, "relu", {"name": "'relu'"})


def network(exercise):
    """The solution of an exercise that asks for a graph."""
    return NETWORKS[exercise]()


def identity_block():
    return Network(
        "identity_block", _bottleneck("1"), [], [Step("add", "add"), relu("relu3")], defaults=_defaults("identity_block")
    )


def convolutional_block():
    side = [conv("shortcut_conv", "F3", "1", "s"), norm("shortcut_bn")]
    tail = [Step("add", "add"), relu("relu3")]
    return Network(
        "convolutional_block", _bottleneck("s"), side, tail, defaults={"s": "2", **_defaults("convolutional_block")}
    )


def preactivation_block():
    main = []
    for k, (filters, size, padding) in enumerate((("F1", "1", "'valid'"), ("F2", "f", "'same'"), ("F3", "1", "'valid'")), 1):
        main += [norm(f"bn{k}"), relu(f"relu{k}"), conv(f"conv{k}", filters, size, "1", padding)]
    return Network("preactivation_block", main, [], [Step("add", "add")], defaults=_defaults("preactivation_block"))


def _defaults(exercise):
    return {"initializer": DEFAULT_INITIALIZER[exercise]}


def _bottleneck(stride):
    main = [conv("conv1", "F1", "1", stride), norm("bn1"), relu("relu1")]
    main += [conv("conv2", "F2", "f", "1", "'same'"), norm("bn2"), relu("relu2")]
    return [*main, conv("conv3", "F3", "1", "1"), norm("bn3")]


def resnet50():
    main = [Step("zero_padding", "pad", {"padding": "3"}), conv("conv1", "64", "7", "2", initializer=GLOROT), norm("bn1")]
    main += [relu("relu1"), Step("max_pool", "max", {"size": "3", "strides": "2", "padding": "'valid'"})]
    for stage, (width, stride, count) in enumerate(((64, 1, 2), (128, 2, 3), (256, 2, 5), (512, 2, 2)), start=2):
        filters = f"[{width}, {width}, {4 * width}]"
        main.append(Step(f"stage{stage}_conv", "convolutional_block", {"f": "3", "filters": filters, "s": str(stride)}))
        for k in range(count):
            step = Step(
                f"stage{stage}_identity", "identity_block", {"f": "3", "filters": filters}, f"stage{stage}_identity{k}"
            )
            main.append(step)
    main += [Step("average_pool", "average", {"size": "2"}), Step("flatten", "flatten")]
    main += [
        Step("dense", "dense", {"units": "classes", "initializer": GLOROT}),
        Step("softmax", "softmax", {"name": "'softmax'"}),
    ]
    defaults = {"input_shape": "(64, 64, 3)", "classes": "6"}
    return Network("ResNet50", main, defaults=defaults)


NETWORKS = {
    "identity_block": identity_block,
    "convolutional_block": convolutional_block,
    "ResNet50": resnet50,
    "preactivation_block": preactivation_block,
}
