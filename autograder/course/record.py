"""Record references: what the solution notebooks hand in for every case, with values layer by layer.

The notebook runs in its own kernel with NBGRADER_EXECUTION=record; `check` then hands in public and
hidden cases alike. `python -m autograder record ASSIGNMENT` writes them and says what changed, layer by
layer; with --check it only says so, which is the alarm for drift with another TensorFlow or Keras.
"""

import json
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import is_solution

from ..model.blueprint import HAND_IN, read
from ..model.compare import ordered
from ..model.exercise import ExerciseError, exercise_name, load_exercise
from ..model.graph import Graph, unknown

# Relative to a layer's root mean square. Measured on one machine, threads and oneDNN on and off make up to
# 1.1e-4 in the last stage of ResNet-50 (docs/quality.md); a real change is far larger.
TOLERANCE = 1e-3


def record(folder, write=True, report=print):
    """Run the solution notebooks in `folder`; write exercises/*.json and hidden/*.json where they changed.

    Reports each change, and the largest difference of a value. Raises ExerciseError where a notebook or an
    exercise cannot be used. Returns the number of changes beyond TOLERANCE.
    """
    folder, total, largest = Path(folder), 0, 0.0
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        raise ExerciseError(f"{folder} holds no notebooks. Name a folder of source/, for example residual_networks.")
    for path in notebooks:
        report(f"running {path}")
        for payload in hand_ins(path):
            exercise = load_exercise(folder, payload["exercise"])
            file = folder / ("hidden" if payload["hidden"] else "exercises") / f"{exercise.name}.json"
            new = reference_data(exercise, payload)
            old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"cases": []}
            found, distance = changes(old, json.loads(json.dumps(new)))
            largest, total = max(largest, distance), total + len(found)
            for line in found:
                report(f"  {file.parent.name}/{file.name}: {line}")
            if found and write:
                file.parent.mkdir(exist_ok=True)
                file.write_text(_dump(new) + "\n", encoding="utf-8")
        for name, stub in stubs(path):
            file = folder / "exercises" / f"{exercise_name(folder, name)}.stub.py"
            if not file.exists() or file.read_text(encoding="utf-8") != stub:
                total += 1
                report(f"  {file.parent.name}/{file.name}: another stub")
                if write:
                    file.write_text(stub, encoding="utf-8")
    report(f"{total} changes; the values that did not change agree within {largest:.1e} of their layer")
    return total


def changes(old, new):
    """What differs between two references, a line each; and the largest difference of a value that is tolerated."""
    lines, largest = [], 0.0
    parts = [[*reference["cases"], *([reference["full"]] if "full" in reference else [])] for reference in (old, new)]
    if [part["case"] for part in parts[0]] != [part["case"] for part in parts[1]]:
        return [f"other cases: {len(parts[0])} before, {len(parts[1])} now"], largest
    for k, (a, b) in enumerate(zip(*parts)):
        if "array" in b:
            distance = _distance(a["array"], b["array"], max(map(abs, a["array"])))
            lines += [f"case {k}: the values differ by {distance:.1e}"] if distance > TOLERANCE else []
            largest = max(largest, distance if distance <= TOLERANCE else 0)
            continue
        if len(a["nodes"]) != len(b["nodes"]):
            lines.append(f"case {k}: {len(a['nodes'])} layers before, {len(b['nodes'])} now")
            continue
        for index, (before, after) in enumerate(zip(a["nodes"], b["nodes"])):
            name = f"case {k}, layer {index} ({after.get('step', after['op'])})"
            lines += [
                f"{name}: {key} was {before.get(key)}, is {after.get(key)}"
                for key in ("op", "settings", "inputs", "shape", "step", "padding_step")
                if before.get(key) != after.get(key)
            ]
            for mode in set(before.get("values", {})) & set(after.get("values", {})):
                x, y = before["values"][mode], after["values"][mode]
                distance = _distance([*x["entries"], x["rms"]], [*y["entries"], y["rms"]], x["rms"])
                if distance > TOLERANCE:
                    lines.append(f"{name}: {mode} values differ by {distance:.1e} of the layer")
                else:
                    largest = max(largest, distance)
    if not lines and old.get("blocks") != new.get("blocks"):
        lines.append("the blocks of the full network differ")
    return lines, largest


def _distance(a, b, scale):
    return max((abs(x - y) for x, y in zip(a, b)), default=0.0) / (scale or 1.0) if len(a) == len(b) else float("inf")


def hand_ins(path):
    """The hand-ins of one solution notebook, run in a kernel of its own."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}})
    client.execute(env={**os.environ, "NBGRADER_EXECUTION": "record"})
    return [
        json.loads(output["data"][HAND_IN])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if HAND_IN in output.get("data", {})
    ]


def stubs(path):
    """Of each solution cell of a notebook, its id and what nbgrader leaves of it for students, which `reset` brings back."""
    notebook, _ = ClearSolutions().preprocess(nbformat.read(path, as_version=4), {})
    return [(cell.metadata.nbgrader.grade_id, cell.source + "\n") for cell in notebook.cells if is_solution(cell)]


def reference_data(exercise, payload):
    """The reference of one hand-in as plain data. Raises ExerciseError."""
    cases = []
    for entry in payload["cases"]:
        if entry["error"]:
            raise ExerciseError(f"the solution of {exercise.name} fails: {entry['error']}")
        if exercise.kind == "array":
            cases.append({"case": entry["case"], "array": entry["array"]})
            continue
        graph = ordered(read(entry["blueprint"]))
        label_steps(exercise, graph)
        cases.append({"case": entry["case"], **graph_data(graph, entry.get("values"))})
    reference = {"exercise": exercise.name, "cases": cases}
    if "full" in payload:
        full = ordered(read(payload["full"]["blueprint"]))
        reference["full"] = {"case": payload["full"]["case"], **graph_data(full, payload["full"]["values"])}
        reference["blocks"] = block_templates(cases[0], full)
    return reference


def label_steps(exercise, graph):
    """Write into each node which step it belongs to: the steps are declared in the order of the nodes.

    Raises ExerciseError where they are not, and where the judge does not know an operation of the solution: what it
    does not know, it cannot judge.
    """
    names = unknown(graph)
    if names:
        raise ExerciseError(
            f"{exercise.name}: the solution uses {', '.join(names)}, which the judge does not know. Use another operation, "
            "or add it to the table of operations as docs/add-an-operation.md says."
        )
    wanted = []
    for step in exercise.steps:
        wanted += [step] * step.count
    padding = None
    for node in graph.nodes:
        if node.op == "Input" and wanted[0].op != "Input":
            continue
        if wanted and wanted[0].op == "ZeroPadding2D" and node.op == "Conv2D":
            padding = wanted.pop(0).id
        if not wanted or wanted[0].op != node.op:
            raise ExerciseError(
                f"{exercise.name}: the solution does {node.op} where the declared step is "
                f"{wanted[0].id if wanted else 'none'}; mend the steps or the solution"
            )
        node.step, node.padding_step, padding = wanted.pop(0).id, padding, None
    if wanted:
        raise ExerciseError(f"{exercise.name}: the solution does not do the step {wanted[0].id}")


def graph_data(graph, values=None):
    """A Graph as plain data, with the values that its nodes have in both modes."""
    nodes = []
    for node in graph.nodes:
        data = {"op": node.op, "settings": node.settings, "inputs": list(node.inputs), "shape": list(node.shape)}
        if node.step:
            data["step"] = node.step
        if node.padding_step:
            data["padding_step"] = node.padding_step
        if values and node.source is not None:
            data["values"] = {mode: values[mode][node.source] for mode in values}
        nodes.append(data)
    return {"nodes": nodes, "output": graph.output}


def block_templates(case, full):
    """What each recorded block consists of, cut from the full network: a list of small graphs."""
    templates, places = {}, {}
    position = 1
    for index, data in enumerate(case["nodes"]):
        if index == 0:
            places[0] = 0
        elif not data["op"].startswith("block:"):
            places[index] = position
            position += 1
        else:
            start, size = places[data["inputs"][0]], 12 if "s" in data["settings"] else 10
            part = full.nodes[position : position + size]
            moved = {start: 0, **{position + k: k + 1 for k in range(size)}}
            inner = [full.nodes[start]] + [
                type(n)(n.op, n.settings, tuple(moved[i] for i in n.inputs), n.shape) for n in part
            ]
            key = data["op"] + json.dumps(data["settings"], sort_keys=True)
            templates.setdefault(key, {"op": data["op"], "settings": data["settings"], **graph_data(Graph(inner, size))})
            position += size
            places[index] = position - 1
    return list(templates.values())


def _dump(value, indent=0, depth=4):
    """JSON with a node a line, so that a diff can be read."""
    flat = json.dumps(value, sort_keys=False)
    if len(flat) < 110 or depth == 0 or not isinstance(value, (dict, list)):
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        inner = [f"{json.dumps(k)}: {_dump(v, indent + 1, depth - 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(pad + i for i in inner) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + _dump(v, indent + 1, depth - 1) for v in value) + "\n" + " " * indent + "]"
