# tries: stop
# about: sends 19 MB of empty lists as an output, and of dates as the head of a message, which each take minutes to read
# then: stop

kernel = get_ipython().kernel
session, pack = kernel.session, kernel.session.pack


def send(part, text):
    def packed(value):
        return text if part in value else pack(value)

    session.pack = packed
    content = {"data": {"text/plain": "x"}, "metadata": {}}
    session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent())
    session.pack = pack


send("data", b'{"metadata": {}, "data": {"text/plain": [' + b"{}," * 6_300_000 + b"{}]}}")
dates = b'"2026-11-27T05:50:30",' * 800_000
send("username", b'{"msg_id": "x", "msg_type": "display_data", "dates": [' + dates + b'""]}')
