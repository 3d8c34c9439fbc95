# tries: points
# about: lays modules beside the notebook that have the names of those that the test imports
# then: nothing

# %% beside autograder.py
def check(*args, **kwargs):
    print(10.0)
    return 10.0
# %% beside keras.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside numpy.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside json.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside nbgrader.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside sitecustomize.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
