# tries: points
# about: opens an Output widget, so that outputs go to it instead of the cell

from ipykernel.comm import Comm

comm = Comm(target_name="jupyter.widget", data={"state": {
    "_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "msg_id": "", "outputs": []}})
get_ipython().events.register("pre_run_cell", lambda info: comm.send({"method": "update", "state": {
    "msg_id": get_ipython().kernel.get_parent()["header"]["msg_id"]}}))
