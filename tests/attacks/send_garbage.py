# tries: stop
# about: sends bytes that are no messages

kernel = get_ipython().kernel
for parts in ([b""], [b"x"] * 3, [b"<IDS|MSG>"], [b"<IDS|MSG>", b"sig", b"{", b"}", b"[", b"null"], [b"\xff" * 1000] * 7):
    kernel.iopub_socket.send_multipart(parts)
for content in ([], 5, None, {"execution_state": 7}, {"data": 5}, {"name": [], "text": {}}, {"traceback": 5}):
    for kind in ("status", "stream", "display_data", "error", "execute_result", "clear_output", "comm_open", 7):
        try:
            kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
        except Exception:
            pass
