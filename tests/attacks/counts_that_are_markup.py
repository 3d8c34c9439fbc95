# tries: stop
# about: numbers its cells by a list, by a number of 400 digits and by a script, which a notebook must not hold
# then: stop

kernel = get_ipython().kernel
for count in ([1, 2], 10**400, {"a": 1}, "</div><script>document.title = 'pwned'</script>"):
    content = {"name": "stdout", "text": "x", "execution_count": count}
    kernel.session.send(kernel.iopub_socket, "stream", content, parent=kernel.get_parent())
