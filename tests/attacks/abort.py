# tries: stop
# about: aborts

import os
os.abort()
