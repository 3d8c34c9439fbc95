# tries: stop
# about: says of itself what pages and programs would repeat: languages, banners, links, states
# then: nothing

kernel = get_ipython().kernel
evil = "<script>document.title='pwned'</script>"
type(kernel).language_info = {"name": evil, "mimetype": evil, "file_extension": "/../../attack", "pygments_lexer": evil,
                              "codemirror_mode": {"name": evil}, "nbconvert_exporter": "os.system"}
type(kernel).kernel_info = {"protocol_version": "99", "implementation": evil, "language_info": type(kernel).language_info,
                            "banner": evil * 100, "help_links": [{"text": evil, "url": "javascript:1"}]}
for content in ("dead", "restarting", "starting", None, 7, {"x": 1}):
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": content}, parent=kernel.get_parent())
kernel.session.send(kernel.iopub_socket, "shutdown_reply", {"restart": True, "status": "ok"}, parent=kernel.get_parent())
