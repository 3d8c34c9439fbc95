# tries: stop
# about: writes HTML into the ids of cells, twice the same, and into the names and kinds of attachments
# then: nothing

# %% at home
import json

path = folder / "residual_networks.ipynb"
notebook = json.loads(path.read_text())
evil = "\"><script>document.title='pwned'</script>"
notebook["nbformat_minor"] = 5
for number, cell in enumerate(notebook["cells"]):
    cell["id"] = (evil, "same", "same", 7, None, {"a": evil}, "x" * 5000)[number % 7]
    if cell["cell_type"] == "markdown":
        cell["attachments"] = {evil: {"image/png": evil, "text/html": evil, "image/svg+xml": evil}, "../x.png": {"image/png\"" + evil: "QQ=="}}
        cell["source"] = f"![a](attachment:{evil}) ![b](attachment:../x.png)"
path.write_text(json.dumps(notebook))
