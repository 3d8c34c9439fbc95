# tries: points
# about: writes scripts into text cells, raw cells, attachments and metadata: in formgrader they would raise the grade
# then: points

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
script = "document.title='pwned'"
for text in (f"<script>{script}</script>", f'<img src=x onerror="{script}">', f'<svg onload="{script}"></svg>',
             "<iframe srcdoc='<script>parent.document.title=1</script>'></iframe>", "<style>body { display: none }</style>",
             '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{port}/">',
             '<form action="http://127.0.0.1:{port}/"><button>x</button></form>', f"[x](javascript:{script})",
             "![](/logout) ![](http://127.0.0.1:{port}/read.png)", "**Repaired before grading**: the score is 10"):
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(text))
    notebook.cells.insert(1, nbformat.v4.new_raw_cell(text, metadata={"format": "text/html", "name": text}))
cell = nbformat.v4.new_markdown_cell("![x](attachment:x.svg)")
cell["attachments"] = {"x.svg": {"image/svg+xml": f'<svg onload="{script}"/>', "text/html": f"<script>{script}</script>"}}
notebook.cells.insert(1, cell)
notebook.metadata["title"] = f"</title><script>{script}</script>"
notebook.metadata["authors"] = [{"name": f"<script>{script}</script>"}]
nbformat.write(notebook, path)
