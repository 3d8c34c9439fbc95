# tries: points
# about: hands in the reference of the public cases under the names of the hidden ones
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import json
import autograder.student.checks as checks

def forged(exercise, function, case, *rest, **more):
    public = json.load(open(f"exercises/{exercise.name}.json"))["cases"][0]
    return {"case": case, "error": None, "blueprint": {"nodes": public["nodes"], "output": public["output"]}}, []

checks.run_case = forged
