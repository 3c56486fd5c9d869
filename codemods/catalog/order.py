"""The codemods, in the order in which they decide. A new one is one new file and one line here."""

from codemods.edit.file_rewrite import FileRewrite
from codemods.rewrites import (
    attributes,
    dotted_imports,
    from_imports,
    late_imports,
    lost_bases,
    module_aliases,
    module_variables,
    new_interfaces,
    new_module,
    own_uses,
    patched_globals,
    rename,
    settle,
    stars,
    strings,
    unbound_names,
)
from codemods.rewrites.call_changes import (
    async_calls,
    calls,
    indirect_calls,
    staying_calls,
    subclass_constructors,
)
from codemods.rewrites.member_changes import members, members_by_data
from codemods.rewrites.run_time_names import (
    assembled_names,
    class_names,
    code_strings,
    composed_modules,
    computed_names,
    dynamic_access,
    fixtures,
    lazy_exports,
    loaded_modules,
    module_paths,
    named_modules,
    named_submodules,
    private_names,
    shown_names,
)
from codemods.rewrites.texts import docstrings, document_leftovers, documents, other_files

VERSION = 11
"""Increased whenever the same file would be read or rewritten differently: caches are then dropped."""

CODEMODS = (
    from_imports,
    settle,
    attributes,
    module_variables,
    stars,
    strings,
    patched_globals,
    assembled_names,
    loaded_modules,
    composed_modules,
    calls,
    staying_calls,
    subclass_constructors,
    members,
    computed_names,
    lazy_exports,
    dynamic_access,
    code_strings,
    module_paths,
    named_modules,
    named_submodules,
    private_names,
    fixtures,
    shown_names,
    docstrings,
    own_uses,
    lost_bases,
    new_interfaces,
    class_names,
    unbound_names,
)

DOCUMENTED = (
    from_imports,
    rename,
    new_module,
    late_imports,
    attributes,
    dotted_imports,
    module_aliases,
    module_variables,
    stars,
    strings,
    patched_globals,
    assembled_names,
    loaded_modules,
    composed_modules,
    calls,
    async_calls,
    staying_calls,
    indirect_calls,
    subclass_constructors,
    members,
    members_by_data,
    computed_names,
    dynamic_access,
    code_strings,
    named_modules,
    named_submodules,
    private_names,
    fixtures,
    module_paths,
    lazy_exports,
    own_uses,
    lost_bases,
    new_interfaces,
    class_names,
    shown_names,
    unbound_names,
    settle,
    documents,
    document_leftovers,
    docstrings,
    other_files,
)
"""Those with examples, in the order of the documentation."""


def decide(file: FileRewrite) -> None:
    for codemod in CODEMODS:
        codemod.decide(file)
