# tries: trace
# about: lays settings beside the notebook, for whichever program reads one: nbgrader, Jupyter, IPython, Keras, pytest
# then: nothing

# %% beside keras.json
{"floatx": "float16", "backend": "attack", "image_data_format": "channels_first"}
# %% beside matplotlibrc
backend: module://attack
# %% beside kernel.json
{"argv": ["/bin/sh", "-c", "touch {course}/attack-planted"], "display_name": "x", "language": "python"}
# %% beside alembic.ini
[alembic]
script_location = .
# %% beside gradebook.db
no database
# %% at home
names = ("nbgrader_config.py", "jupyter_config.py", "jupyter_nbconvert_config.py", "ipython_config.py", "conftest.py", "setup.py",
         "ipython_kernel_config.py", "startup/00.py", "profile_default/startup/00.py", ".ipython/profile_default/startup/00.py",
         ".jupyter/jupyter_config.py", ".keras/keras.json", ".env", ".pdbrc", ".local/lib/python3.11/site-packages/usercustomize.py")
for name in names:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("open('{course}/attack-planted', 'w').close()\nraise SystemExit('FORGED')\n")
