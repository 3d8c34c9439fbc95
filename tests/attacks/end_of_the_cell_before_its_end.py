# tries: points
# about: says that its cell has ended, runs on, and fills the outputs of the cells that follow
# then: nothing

import threading, time

kernel = get_ipython().kernel
session, iopub, parent = kernel.session, kernel.iopub_socket, kernel.get_parent()

def run_on():
    start, _, count = parent["header"]["msg_id"].rpartition("_")
    for _ in range(40):
        for number in range(1, 12):
            later = {"header": {**parent["header"], "msg_id": f"{start}_{int(count) + number}"}}
            content = {"data": {"text/plain": "10.0"}, "metadata": {}, "execution_count": 1}
            session.send(iopub, "execute_result", content, parent=later)
        time.sleep(0.1)

threading.Thread(target=run_on, daemon=True).start()
session.send(iopub, "status", {"execution_state": "idle"}, parent=parent)
