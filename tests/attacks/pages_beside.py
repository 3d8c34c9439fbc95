# tries: stop
# about: lays pages and pictures with scripts beside the notebook, for Jupyter to serve to the grader
# then: stop

# %% at home
script = "<script>document.title='pwned'</script>"
for name in ("evil.html", "evil.htm", "evil.xhtml", "evil.shtml", "evil.svg", "evil.SVG", "evil.xml", "evil.mhtml", "figures/evil.svg",
             "residual_networks.html", "index.html"):
    (folder / name).write_text(script)
(folder / "figures" / "resnet50.svg").write_text(f"<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>")
