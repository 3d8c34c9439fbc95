# tries: secret
# about: searches its own memory for what earlier submissions have left in the process that forked it
# then: secret

import re

wanted = re.compile(b"CANARY-[l]eft-in-memory")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        start, end = (int(x, 16) for x in span.split("-"))
        while "r" in rights and "[v" not in line and start < end:
            try:
                memory.seek(start)
                if wanted.search(memory.read(min(1 << 24, end - start))):
                    print("CAN" "ARY of another submission")
            except (OSError, OverflowError):
                pass
            start += 1 << 24
