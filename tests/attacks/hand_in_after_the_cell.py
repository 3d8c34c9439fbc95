# tries: points
# about: hands in from a thread, when the test cell has ended
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import json, threading, time
from autograder.model.blueprint import HAND_IN

def later():
    shell = get_ipython()
    for _ in range(100):
        time.sleep(0.05)
        text = json.dumps({"exercise": "identity_block", "cases": []})
        shell.display_pub.publish({HAND_IN: text})

threading.Thread(target=later, daemon=True).start()
