# tries: stop
# about: watches so many files for readiness that nobody may watch one more: all processes of a user share the number
# then: nothing

import os, select, time

for _ in range(58):
    if os.fork() == 0:
        try:
            one = os.pipe()[0]
            files = [os.dup(one) for _ in range(220)]
            polls = []
            while True:
                polls.append(select.epoll())
                for descriptor in files:
                    polls[-1].register(descriptor, 0)
        except OSError:
            pass
        time.sleep(1000)
time.sleep(1000)
