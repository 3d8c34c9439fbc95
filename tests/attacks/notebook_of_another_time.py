# tries: stop
# about: hands in the notebook as one of format 3, whose cells lie in worksheets
# then: nothing

# %% at home
import json

path = folder / "residual_networks.ipynb"
notebook = json.loads(path.read_text())
cells = [{**cell, "input": cell["source"], "language": "python", "prompt_number": 10**30, "collapsed": False} for cell in notebook["cells"]]
for cell in cells:
    if cell["cell_type"] == "code":
        del cell["source"]
        cell["outputs"] = [{"output_type": "pyout", "prompt_number": 1, "html": "<script>1</script>", "text": "10.0"}]
path.write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "../x"}, "worksheets": [{"cells": cells}]}))
