# tries: stop
# about: writes into the notebook's metadata what programs and pages read from there
# then: nothing

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
evil = "'><script>document.title='pwned'</script>"
notebook.metadata["kernelspec"] = {"name": "../../../../bin/sh", "display_name": evil, "language": evil, "env": {"LD_PRELOAD": "x"}}
notebook.metadata["language_info"] = {"name": evil, "pygments_lexer": "../../x", "nbconvert_exporter": "os.system",
                                      "file_extension": "/../attack", "version": evil}
notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": {"model_name": evil}}, "version_major": 2}}
notebook.metadata["residual_networks_kit"] = {"repaired": [evil], "verdict": {"score": 10}}
notebook.metadata["nbgrader"] = {"points": 1000}
for cell in notebook.cells:
    cell.metadata["tags"] = ["raises-exception", "remove-cell", "skip-execution", evil]
    cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
nbformat.write(notebook, path)
