# tries: stop
# about: sends outputs that no notebook file can hold

kernel = get_ipython().kernel
deep = 1
for _ in range(500):
    deep = [deep]
for kind, content in (("stream", {"name": "stdout", "text": "\ud800"}), ("stream", {"name": "other", "text": 5}),
                      ("display_data", {"data": {"text/plain": 5, "image/png": {"a": 1}}, "metadata": 5}),
                      ("display_data", {"data": {"application/json": deep, "text/html": ["<b>"]}, "metadata": {}}),
                      ("error", {"ename": None, "evalue": 5, "traceback": None}),
                      ("error", {"ename": "E\nforged", "evalue": "\ud800", "traceback": [5, None]})):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
