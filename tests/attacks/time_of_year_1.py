# tries: stop
# about: says that it was handed in at the beginning of all time, in a zone half a day ahead
# then: nothing

# %% at home
(folder / "timestamp.txt").write_text("0001-01-01 13:00:00 +12:00")
