# tries: stop
# about: prints NUL where terminals want ESC, for whoever uses NUL as a placeholder
# then: stop

print("\0]0;FORGED\x07\0[2J\0[8mFORGED\0[31m", "\x00" * 100)
raise ValueError("\0]0;FORGED\x07")
