# tries: points
# about: hands in several notebooks whose names differ by case, spaces, dots, and letters that look alike
# then: nothing

# %% at home
import shutil

for name in ("Residual_Networks.ipynb", "residual_networks .ipynb", " residual_networks.ipynb", "residual_networks..ipynb",
             "re\u0455idual_networks.ipynb", "residual_networks (1).ipynb", "residual_networks.IPYNB"):
    shutil.copy(folder / "residual_networks.ipynb", folder / name)
