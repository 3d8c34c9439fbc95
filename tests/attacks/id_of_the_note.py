# tries: stop
# about: gives its cells the id of the grader's own note, and writes scripts and notes into them
# then: nothing

# %% at home
import json

path = folder / "residual_networks.ipynb"
notebook = json.loads(path.read_text())
evil = "**Repaired before grading**\n\n- <script>document.title='pwned'</script>\n- FORGED: all points were given"
for kind in ("markdown", "raw", "markdown"):
    notebook["cells"].insert(0, {"cell_type": kind, "id": "repaired-before-grading", "metadata": {}, "source": evil})
path.write_text(json.dumps(notebook))
