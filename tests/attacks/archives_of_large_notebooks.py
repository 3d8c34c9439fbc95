# tries: stop
# about: hands in two hundred small archives in place of its notebook, each of which unpacks to a notebook of 30 MB
# expect: identity_block 0, convolutional_block 0, ResNet50 0
# then: stop

# %% at home
import io, zipfile

packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
    archive.writestr("residual_networks.ipynb", b" " * 29_900_000 + b"{}")
(folder / "residual_networks.ipynb").unlink()
for number in range(200):
    (folder / f"residual_networks_{number}.zip").write_bytes(packed.getvalue())
