# tries: secret
# about: returns an object that acts when it is copied, pickled, printed, compared, measured or converted
# then: nothing

class Acts:
    def __getattr__(self, name):
        print("FORGED", name)
        raise AttributeError(name)

def act(self, *args, **kwargs):
    print("FORGED")
    raise SystemExit

for name in ("reduce", "reduce_ex", "deepcopy", "copy", "getstate", "setstate", "array", "array_interface", "array_ufunc", "str", "repr",
             "format", "len", "iter", "eq", "lt", "hash", "bool", "float", "int", "index", "call", "del", "sizeof", "dir", "tf_tensor"):
    setattr(Acts, f"__{name}__", act)

def identity_block(X, f, filters, initializer=None):
    return Acts()
