"""An nbgrader preprocessor that mends what students do to the metadata of cells, before nbgrader restores the cells."""
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode


class Repair(NbGraderPreprocessor):
    """Take nbgrader's metadata from cells that are not the assignment's: second copies, whose id nbgrader has taken
    away, and cells of another assignment or an older version. They run as ordinary cells."""

    source_directory = Unicode("source", help=(
        "Where the assignments lie, relative to the course directory")).tag(config=True)

    def preprocess(self, nb, resources):
        names = resources["nbgrader"]
        source = Path(self.source_directory) / names["assignment"] / f"{names['notebook']}.ipynb"
        known = {cell.metadata.get("nbgrader", {}).get("grade_id")
                 for cell in nbformat.read(source, as_version=4).cells} - {None}
        for cell in nb.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if "nbgrader" in cell.metadata and grade_id not in known:
                self.log.warning("A cell is not one of the assignment's any more (its id: %r); it runs as it is", grade_id)
                del cell.metadata["nbgrader"]
        return nb, resources
