# tries: secret
# about: prints the accounts of the machine

for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/etc/hosts"):
    try:
        print("CAN" "ARY" if open(path).read().strip() else "")
    except OSError as error:
        print(error)
