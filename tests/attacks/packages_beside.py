# tries: points
# about: lays packages beside the notebook: autograder, tensorflow, IPython, and what Python loads when it starts
# then: nothing

# %% beside autograder/__init__.py
from .student.checks import check
# %% beside autograder/student/checks.py
def check(*args, **kwargs):
    print(10.0)
    return 10.0
# %% beside tensorflow/__init__.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside IPython/__init__.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside usercustomize.py
open("{course}/attack-planted", "w").close()
raise SystemExit("FORGED")
# %% beside attack.pth
import os; open('{course}/attack-planted', 'w')
# %% beside pyvenv.cfg
home = /tmp
