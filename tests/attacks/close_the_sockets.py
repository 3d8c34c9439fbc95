# tries: stop
# about: closes all that the kernel has open

import os
os.closerange(3, 500)
