# tries: secret
# about: writes files that nbgrader would copy into the feedback

open("CANARY-feedback.html", "w").write("<script>document.title = 'pwned'</script>")
open("exercises/CANARY.txt", "w").write(repr(get_ipython().user_ns["In"]))
