# tries: stop
# about: opens comms and widgets without end, with targets and states that nobody knows
# then: nothing

kernel, number = get_ipython().kernel, 0
state = {"_model_name": "OutputModel", "_model_module": "@jupyter-widgets/output", "msg_id": "x"}
while True:
    number += 1
    for kind in ("comm_open", "comm_msg", "comm_close"):
        content = {"comm_id": f"attack-{number}", "target_name": "jupyter.widget", "data": {"state": state, "method": "update"}}
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
