# tries: stop
# about: opens widgets whose state ends the page's own script, and shows them as widgets
# then: nothing

from IPython.display import display

kernel, evil = get_ipython().kernel, "</script><script>document.title='pwned'</script>"
state = {"_model_module": evil, "_model_name": "HTMLModel", "_view_name": evil, "value": evil, "buffer_paths": [[evil]]}
for number in range(3):
    content = {"comm_id": f"{evil}{number}", "target_name": "jupyter.widget", "data": {"state": state, "buffer_paths": [["value"]]}}
    kernel.session.send(kernel.iopub_socket, "comm_open", content, parent=kernel.get_parent(), metadata={"version": "2.1.0"})
    display({"application/vnd.jupyter.widget-view+json": {"model_id": f"{evil}{number}", "version_major": 2, evil: evil}}, raw=True)

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
evil = "</script><script>document.title='pwned'</script>"
state = {evil: {"model_name": evil, "model_module": evil, "state": {"value": evil}}}
notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state, "version_major": 2, "version_minor": 0}}
nbformat.write(notebook, path)
