# tries: stop
# about: says that it was handed in at the end of all time
# then: nothing

# %% at home
(folder / "timestamp.txt").write_text("9999-12-31 23:59:59.999999 UTC")
