"""Hand-ins and notebooks in which one quantity is as large as asked: for benchmarks and tests of limits."""

import base64
import functools
import importlib
import json
import struct
import time

from tests.helpers.submissions import ASSIGNMENT, ROOT

FOLDER = ROOT / "source" / ASSIGNMENT


# ------------------------------------------------------------------ in the helper process


def nothing():
    """Let the helper start, and import what it takes."""


def measure(body, module, name, arguments):
    """Seconds and MB that a function of the package takes."""
    function = getattr(importlib.import_module(module), name)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the most memory that is in use from now on
    before, start = _memory("VmRSS"), time.process_time()
    function(*([body] if body != b" " else []), *arguments)
    return {"seconds": time.process_time() - start, "megabytes": _memory("VmHWM") - before}


def _memory(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key)) / 1024


# ------------------------------------------------------------------ hand-ins


@functools.cache
def reference(exercise):
    return json.loads((FOLDER / "hidden" / f"{exercise}.json").read_text())


def hand_in(exercise, fill):
    """The text of a hand-in for all hidden cases; fill: what to hand in for one, from the shape of its input."""
    cases = []
    for case in reference(exercise)["cases"]:
        shape = [None, *case["case"].get("X", case["case"].get("input_shape", [1, 1, 1]))]
        cases.append({"case": case["case"], "error": None, **fill(shape)})
    return json.dumps({"exercise": exercise, "cases": cases})


def graph(exercise, make):
    """A hand-in whose graphs have the nodes that `make` makes from the shape of the input."""

    def fill(shape):
        nodes = [{"op": "InputLayer", "config": {}, "inputs": [], "shape": shape}, *make(shape)]
        return {"blueprint": {"nodes": nodes, "output": len(nodes) - 1}}

    return hand_in(exercise, fill)


def node(op, inputs, shape, **config):
    return {"op": op, "config": config, "inputs": inputs, "shape": shape}


def chain(exercise, count):
    return graph(exercise, lambda shape: [node("Activation", [k], shape, activation="tanh") for k in range(count)])


def unknown_chain(exercise, count):
    return graph(exercise, lambda shape: [node("Mystery", [k], shape) for k in range(count)])


def _convolution(k, shape):
    config = {"filters": shape[-1], "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "use_bias": True}
    config |= {"dilation_rate": [1, 1], "groups": 1, "activation": "linear", "data_format": "channels_last"}
    config |= {"kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": 0}}}
    config |= {"bias_initializer": {"class_name": "Zeros", "config": {}}, "trainable": True}
    return {**node("Conv2D", [k], shape, **config), "layer": k + 1}


def convolutions(exercise, count):
    return graph(exercise, lambda shape: [_convolution(k, shape) for k in range(count)])


def both_modes(exercise, count):
    """Each case has a graph of its own for training."""
    payload = json.loads(convolutions(exercise, count))
    for case in payload["cases"]:
        case["blueprint"]["training"] = dict(case["blueprint"])
    return json.dumps(payload)


def branches(exercise, count):
    """One step after the other, each beside what came before it."""
    return graph(
        exercise,
        lambda shape: [
            node("Activation", [k], shape, activation="relu") if k % 2 == 0 else node("Add", [k, k - 1], shape)
            for k in range(2 * count)
        ],
    )


def alike(exercise, count):
    """Equal branches that are summed by pairs, each of which could be the one that was asked for; and a step that changes
    nothing, so that all is looked at twice."""

    def make(shape):
        nodes, last = [], []
        for _ in range(count):
            k = len(nodes) + 1
            config = {"axis": 3, "epsilon": 0.001, "momentum": 0.99, "center": True, "scale": True}
            normalisation = {**node("BatchNormalization", [k], shape, **config), "layer": k + 1}
            nodes += [_convolution(0, shape) | {"layer": k}, normalisation, node("ReLU", [k + 1], shape)]
            last.append(k + 2)
        while len(last) > 1:
            pairs = [last[at : at + 2] for at in range(0, len(last), 2)]
            nodes += [node("Add", pair, shape) for pair in pairs]
            last = list(range(len(nodes) - len(pairs) + 1, len(nodes) + 1))
        same = {"pool_size": [1, 1], "strides": [1, 1], "padding": "valid", "data_format": "channels_last"}
        return [*nodes, node("AveragePooling2D", last, shape, **same)]

    return graph(exercise, make)


def edges(exercise, count):
    width = 40

    def make(shape):
        rows = count // width
        return [node("Multiply", [max(0, k - j) for j in range(width)], shape) for k in range(rows)]

    return graph(exercise, make)


def fan_in(exercise, count):
    return graph(exercise, lambda shape: [node("Add", [0] * count, shape)])


def sinks(exercise, count):
    return graph(exercise, lambda shape: [node("Activation", [0], shape, activation="tanh") for _ in range(count)])


def sums_of_sums(exercise, count):
    """Each sum has the one before it as all its 100 inputs."""
    return graph(exercise, lambda shape: [node("Add", [k] * 100, shape) for k in range(count)])


def ladder(exercise, count):
    return graph(exercise, lambda shape: [node("Add", [k, max(0, k - 1)], shape) for k in range(2 * count)])


def settings(exercise, count):
    return graph(exercise, lambda shape: [node("Mystery", [k], shape, a=[0] * count) for k in range(400)])


def texts(exercise, count):
    return graph(exercise, lambda shape: [node("Mystery", [k], shape, a="x" * count, b="y" * count) for k in range(600)])


def large_tensors(exercise, count):
    return graph(
        exercise, lambda shape: [node("Activation", [k], [None, count, count, 4], activation="tanh") for k in range(300)]
    )


def products(exercise, count):
    """Products of tensors that claim to be large."""
    return graph(exercise, lambda shape: [node("Matmul", [k, k], [None, 300, 300]) for k in range(count)])


def large_products(exercise, count):
    return graph(exercise, lambda shape: [node("Matmul", [k, k], [None, count, count]) for k in range(50)])


def enlarged(exercise, count):
    def make(shape):
        large = [None, *(count * n for n in shape[1:3]), shape[3]]
        up = node("UpSampling2D", [0], large, size=[count, count], data_format="channels_last", interpolation="nearest")
        return [up, *(node("Activation", [k], large, activation="tanh") for k in range(1, 40))]

    return graph(exercise, make)


def blocks(exercise, count):
    return graph(
        exercise, lambda shape: [node("block:identity_block", [k], shape, f=3, filters=[4, 4, 8]) for k in range(count)]
    )


def array(exercise, count):
    return hand_in(exercise, lambda shape: {"array": [0.123456789] * count})


def digits(exercise, count):
    text = hand_in(exercise, lambda shape: {"array": [7] * 9000})
    return text.replace("7, 7", f"{'9' * count}, 7")


def nesting(exercise, count):
    return hand_in(exercise, lambda shape: {"array": json.loads("[" * max(1, count - 3) + "]" * max(1, count - 3))})


def cases(exercise, count):
    payload = json.loads(chain(exercise, 1))
    return json.dumps({**payload, "cases": (payload["cases"] * count)[:count]})


def characters(exercise, count):
    text = chain(exercise, 600)
    return text + " " * max(0, count - len(text))


# ------------------------------------------------------------------ notebooks


def notebook(*found, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(found), **more}).encode()


def cell(source="", kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def cells(count):
    return notebook(*[cell("x = 1\n" * 80)] * count)


def line(count):
    return notebook(cell("x" * count))


def lines(count):
    return notebook(cell(["x\n"] * count))


def outputs(count):
    return notebook(cell(outputs=[{"output_type": "stream", "name": "stdout", "text": ["x"]}] * count))


def values(count):
    return notebook(cell(outputs=[{"data": {"application/json": [[]] * (count // 2)}}]))


def output_bytes(count):
    return notebook(cell(outputs=["x" * count]))


def wide_bytes(count):
    return json.dumps({"cells": [], "x": "\U0001f600" + "x" * count}, ensure_ascii=False).encode()


def picture(characters, width=1, height=1):
    """A PNG picture of so many characters of base64, of which there is only the head."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)
    return base64.b64encode(head).decode() + "A" * (characters - 32)


def attachments(count):
    return notebook(cell("", "markdown", attachments={"a": {"image/png": picture(count // 4 * 4)}}))


def conflicts(count):
    return b"<<<<<<< a\n=======\n" * count


def quotes(count):
    return b'"' * count


def escapes(count):
    return b'{"a": "' + b'\\"' * (count // 2 - 10)


def word_quotes(count):
    return ("“" * count).encode()
