# tries: stop
# about: hands in further notebooks that are nested 100,000 deep, or made of a million cells
# then: nothing

# %% at home
(folder / "residual_network.ipynb").write_text('{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}")
(folder / "residual_networks_copy.ipynb").write_text('{"cells": [' + "{}," * 1_000_000 + "{}]}")
(folder / "notes.ipynb").write_text('{"a": ' * 50_000 + "1" + "}" * 50_000)
