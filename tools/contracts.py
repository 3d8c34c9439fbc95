"""A contract for import-linter: some modules may import nothing but what is listed (see pyproject.toml)."""

import sys

from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """`source_modules`, and all below them, import themselves, what is in `allowed`, and of the standard library what is
    in `standard_library`: everything, if there is no such list."""

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField(), required=False)
    standard_library = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph, verbose):
        allowed = (*self.source_modules, *(self.allowed or ()), *(self.standard_library or sys.stdlib_module_names))
        broken = [
            (module, imported)
            for source in self.source_modules
            for module in sorted({source, *graph.find_descendants(source)})
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not any(imported == name or imported.startswith(f"{name}.") for name in allowed)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check):
        for module, imported in check.metadata["broken"]:
            output.print_error(f"{module} imports {imported}", bold=False)
