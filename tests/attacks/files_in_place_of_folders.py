# tries: stop
# about: hands in a file with the name of the assignment's folder of exercises
# then: stop

# %% at home
import shutil

shutil.rmtree(folder / "exercises")
(folder / "exercises").write_text("a file")
