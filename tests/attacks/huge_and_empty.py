# tries: stop
# about: hands in files that are large and hold nothing: notebooks of zeros, pictures and archives
# then: nothing

# %% at home
for name, size in (("notes.ipynb", 3 << 30), ("residual_networks_final.ipynb", 300 << 20), ("weights.h5", 5 << 30), ("a.png", 1 << 40)):
    with open(folder / name, "wb") as file:
        file.truncate(size)
