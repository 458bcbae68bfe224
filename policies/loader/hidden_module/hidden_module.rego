# METADATA
# title: A module hides an installed one
# description: |-
#   A loader puts a folder of the model in front of Python's search path, and in it lies a module with the name of a library that loading imports:
#   `code/joblib.py` of an MLflow model, or `sklearn/__init__.py` beside the settings of MLServer.
#
#   It runs in place of the library as soon as something imports that name in a process that has not imported it before. A fresh process that
#   loads the model is one. What lists say of the library's classes then holds no more, because other code stands behind their names.
# custom:
#   id: loader/hidden-module
#   level: deny
#   message: >-
#     {loader} puts the folder of `{name}` in front of Python's search path, so it runs in place of the installed `{module}` as soon as loading imports that
#     name, unless the process has imported the library before.
#   remedy: >-
#     Rename the module, and the classes that pickles of the model name in it. If it is a copy of the library, install that version in its place.
#   since: "0.1.0"
#   formats: [yaml, json]
package weighbridge.loader.hidden_module

import data.weighbridge.lib.loader

deny contains {"at": member.id, "offset": null, "with": {"loader": way.loader, "name": below, "module": module}} if {
	some way in ways
	some member in input.members
	startswith(member.path, way.folder)
	below := substring(member.path, count(way.folder), -1)
	module := named(below)
	data.loaders.hidden.modules[module]
}

# The folder that MLflow's configuration names.
ways contains {"loader": "MLflow", "folder": concat("/", array.concat(kept, [""]))} if {
	some reference in data.weighbridge.lib.loader.references
	reference.by == "code"
	own := split(base(reference), "/")
	whence := array.slice(own, 0, count(own) - 1)
	parts := array.concat(whence, split(reference.target, "/"))
	kept := [part | some at, part in parts; stands(part, at, count(whence)); not left(parts, at)]
}

# The folder of the settings themselves.
ways contains {"loader": "MLServer", "folder": base(reference)} if {
	some reference in data.weighbridge.lib.loader.references
	reference.by == "implementation"
}

# Whether a part belongs to the path: all of the folder that the model lies in, and names behind it.
stands(_, at, whence) if at < whence

stands(part, _, _) if not part in {"", ".", ".."}

# Whether a later `..` leads out of this part again: behind it there is one more of them than there are names.
left(parts, at) if {
	some to, ".." in parts
	to > at
	behind := array.slice(parts, at + 1, to + 1)
	count([part | some part in behind; part == ".."]) > count([part | some part in behind; not part in {"", ".", ".."}])
}

# The folder of what names it, with what stands behind a folder.
base(reference) := trim_suffix(member.path, member.name) if member := input.members[reference.member]

# The module that a path is, below a folder of the search path: a file, or a package. A folder without `__init__` hides nothing.
named(path) := split(path, ".")[0] if {
	not contains(path, "/")
	ends(path)
}

named(path) := parts[0] if {
	parts := split(path, "/")
	count(parts) == 2
	startswith(parts[1], "__init__.")
	ends(parts[1])
}

# Python's source, byte code and native modules.
ends(name) if {
	some ending in [".py", ".pyc", ".so", ".pyd"]
	endswith(name, ending)
}
