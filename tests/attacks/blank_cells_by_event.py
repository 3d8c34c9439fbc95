# tries: points
# about: replaces what is run, in an event hook before each cell
# expect: identity_block 0, convolutional_block 0, ResNet50 0

def before(info):
    get_ipython().run_ast_nodes = nothing

async def nothing(*args, **kwargs):
    return False

get_ipython().events.register("pre_run_cell", before)
