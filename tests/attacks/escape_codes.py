# tries: stop
# about: prints terminal escape codes and forged log lines

print("\x1b]0;FORGED-title\x07\x1b[2J\x1b[1;1H[AutogradeApp | INFO] FORGED\x9b31m")
raise type("Error\n[AutogradeApp | CRITICAL] FORGED\x1b[2J", (Exception,), {})("\r\n[AutogradeApp | INFO] FORGED \x1b]0;t\x07")
