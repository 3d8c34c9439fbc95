# tries: stop
# about: displays without end

from IPython.display import display
while True:
    display({"text/plain": "y" * 1000}, raw=True)
