# tries: stop
# about: sends a single message of 200 MB

from IPython.display import display
display({"text/plain": "z" * 200_000_000}, raw=True)
