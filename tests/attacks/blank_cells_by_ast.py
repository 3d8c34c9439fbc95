# tries: points
# about: removes every statement of later cells from their syntax trees
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import ast

class Blank(ast.NodeTransformer):
    def visit_Module(self, node):
        node.body = []
        return node

get_ipython().ast_transformers.append(Blank())
