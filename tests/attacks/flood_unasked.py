# tries: stop
# about: sends messages without end that belong to no request

import threading
kernel = get_ipython().kernel

def flood():
    while True:
        kernel.session.send(kernel.iopub_socket, "stream", {"name": "stdout", "text": "x" * 1000},
                            parent={"header": {"msg_id": "nobody"}})

threading.Thread(target=flood, daemon=True).start()
import time
time.sleep(1000)
