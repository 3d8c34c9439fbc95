# tries: stop
# about: sends requests, questions and replies on all channels, most where nobody expects them
# then: nothing

kernel = get_ipython().kernel
parent = kernel.get_parent()
kinds = ("input_request", "execute_request", "execute_reply", "kernel_info_reply", "shutdown_request", "shutdown_reply", "debug_reply",
         "debug_event", "interrupt_reply", "inspect_reply", "history_reply", "execute_input", "\ud800", "", "x" * 100000)
contents = ({}, {"prompt": "Password: ", "password": True}, {"status": "ok", "execution_count": -1}, {"status": "error"})
for name in ("shell_stream", "control_stream", "stdin_socket", "iopub_socket", "shell_socket", "control_socket"):
    for kind in kinds:
        for content in contents:
            try:
                ident = parent["header"]["session"].encode()
                kernel.session.send(getattr(kernel, name), kind, content, parent=parent, ident=ident)
            except Exception:
                pass
