"""Sphinx's configuration: `make docs` builds the site from the pages of the repository, as they stand."""

project = "Residual networks kit"
author = "the kit's authors"
copyright = author
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/*.md",
    "docs/**/*.svg",
    "docs/**/*.png",
    "source/residual_networks/figures/*.svg",
]
myst_heading_anchors = 3
html_theme = "furo"
html_title = project
