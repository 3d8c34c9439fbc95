# tries: stop
# about: hands in folders with the names of the assignment's files, with a file in each
# then: stop

# %% at home
for name in ("figures/identity_block.svg", "exercises/identity_block.toml"):
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir(parents=True)
    (folder / name / "x.txt").write_text("in a folder")
