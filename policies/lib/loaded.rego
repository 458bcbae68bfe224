# The Python of the artifact that a loader runs: from what a configuration names, or what lies under a name that a loader looks for, along imports
# and calls between the artifact's own files. What is called later, by whoever uses the model, is no part of it.
package weighbridge.lib.loaded

import data.weighbridge.lib.code
import data.weighbridge.lib.loader

# A file that a loader runs: which, whether by its own name, what leads there, and the entry points that it is asked for.
roots contains {"member": reference.to, "named": false, "what": what(reference), "how": how, "names": names(points) | asked(reference), "serves": serves} if {
	some reference in data.weighbridge.lib.loader.references
	reference.to != null
	points := data.entry_points.keys[reference.by]
	how := means(reference.by)
	serves := object.get(object.get(data.loaders.code_files, reference.by, {}), "serves", false)
}

roots contains {"member": file.member.id, "named": true, "what": concat("", ["`", file.file, "`"]), "how": how, "names": names(points), "serves": serves} if {
	some file in data.weighbridge.lib.loader.looked_for
	points := data.entry_points.files[file.name]
	how := concat(" ", [file.how.loader, "runs it", file.how.condition])
	serves := object.get(file.how, "serves", false)
}

roots contains {"member": member.id, "named": true, "what": concat("", ["`", member.name, "`"]), "how": how, "names": names("triton")} if {
	some member in models
	how := "Triton runs it when the model is loaded"
}

# What Triton takes for a model that is Python: `model.py` in the folder of a version, or the file that the configuration names.
models contains member if {
	some member in input.members
	data.loaders.versions[member.name]
	versioned(member)
}

models contains member if {
	some reference in data.weighbridge.lib.loader.references
	reference.by == "default_model_filename"
	some member in input.members
	member.name == reference.target
	endswith(member.name, ".py")
	versioned(member)
}

versioned(member) if {
	parts := regex.split(`[/!]`, member.path)
	count(parts) > 1
	regex.match(`^[0-9]+$`, parts[count(parts) - 2])
}

what(reference) := sprintf("`%s` of `%s`", [loader.place(reference), input.members[reference.member].name])

names(points) := {name | some name in data.entry_points.loaders[points].names}

# The last parts of the name itself: the class or function that is made or called.
asked(reference) := {parts[count(parts) - 1]} if {
	parts := regex.split(`[.:]`, reference.target)
}

# What leads from a root to a file, in words.
leading(root, member) := "This file is run by its name" if {
	root.named
	root.member == member
} else := sprintf("%s leads here", [root.what])

# How a loader comes to what stands under a key, in words.
means(by) := concat(" ", [data.loaders.remote[by].loader, "runs it", data.loaders.remote[by].condition])

means(by) := concat(" ", [data.loaders.names[by].loader, data.loaders.names[by].does]) if not data.loaders.remote[by]

means(by) := concat(" ", [data.loaders.code_files[by].loader, data.loaders.code_files[by].does])

means(by) := concat(" ", [data.loaders.tags[by].loader, data.loaders.tags[by].does])

some_root if count(roots) > 0

# Files: what is imported, or run as a text, from each; each leads to itself, so that all are there.
leads[member] contains member if some member in known

leads[source.member] contains to if {
	some_root
	some source in input.code
	some import_ in source.imports
	brings(import_)
	some to in import_.to
}

leads[inner.parent] contains inner.id if {
	some_root
	some source in input.code
	inner := input.members[source.member]
	inner.origin == "value"
}

# Byte code that Python keeps beside a source is run in its place when its header fits or asks for no look at the source (PEP 552).
leads[source.member] contains kept.member if {
	some_root
	some kept in input.code
	kept.form == "bytecode"
	path := split(input.members[kept.member].path, "/")
	count(path) > 2
	path[count(path) - 2] == "__pycache__"
	words := split(path[count(path) - 1], ".")
	name := concat("", [words[0], ".py"])
	beside := concat("/", array.concat(array.slice(path, 0, count(path) - 2), [name]))
	some source in input.code
	input.members[source.member].path == beside
}

# An import that somebody has to ask for is followed too: loaders bring the file along.
brings(import_) if not import_.runs in {"program", "never"}

# The files that are loaded from some.
files(from) := graph.reachable(leads, from)

known := {source.member | some source in input.code} | {root.member | some root in roots} | imported

imported := {to | some source in input.code; some import_ in source.imports; some to in import_.to}

loaded := files({root.member | some root in roots})

# Names by which a file knows other files of the artifact, with the dot behind; none leads to no file, so that all have some.
locals[member] contains {"prefix": ".", "to": -1} if some member in known

locals[source.member] contains {"prefix": prefix, "to": to} if {
	some source in input.code
	source.member in loaded
	some import_ in source.imports
	some to in import_.to
	some prefix in prefixes(import_)
}

prefixes(import_) := {dotted(import_.module)} if import_.name == null

prefixes(import_) := {dotted(import_.module), dotted(concat("", [dotted(import_.module), import_.name]))} if import_.name != null

dotted(name) := name if endswith(name, ".")

dotted(name) := concat("", [name, "."]) if not endswith(name, ".")

# What a name of one file means in others: functions and classes.
elsewhere(member, name) := {node(local.to, part) |
	some local in locals[member]
	startswith(name, local.prefix)
	some part in parts(trim_prefix(name, local.prefix))
}

# `Tool().run` is the class and its method.
parts(name) := {concat(".", array.slice(all, 0, length)) | some length in [1, 2]; length <= count(all)} if {
	all := split(replace(name, "()", ""), ".")
}

# A function or class of a file; the empty name is what runs by importing it.
node(member, name) := concat(" ", [format_int(member, 10), name])

# What runs when something runs.
links[from] contains from if {
	some member in loaded
	from := node(member, "")
}

links[from] contains node(to, "") if {
	some source in input.code
	source.member in loaded
	some to in leads[source.member]
	from := node(source.member, "")
}

links[from] contains node(source.member, used) if {
	some source in input.code
	source.member in loaded
	some definition in source.definitions
	from := node(source.member, definition.name)
	some used in definition.uses
}

# A class that is made, and what Python calls of it by itself.
links[from] contains node(source.member, method) if {
	some source in input.code
	source.member in loaded
	methods := {definition.name | some definition in source.definitions; endswith(definition.name, "__")}
	some class in source.definitions
	class.class
	from := node(source.member, class.name)
	some method in methods
	startswith(method, concat("", [class.name, ".__"]))
}

links[from] contains base if {
	some from, bases in kin
	some base in bases
}

# Defining a class runs what its base in another file says of it.
links[from] contains concat(".", [base, hook]) if {
	some source in input.code
	source.member in loaded
	from := node(source.member, "")
	some definition in source.definitions
	some name in definition.bases
	name != null
	some base in elsewhere(source.member, name)
	some hook in ["__init_subclass__", "__prepare__", "__new__", "__set_name__", "__mro_entries__"]
}

links[from] contains target if {
	some source in input.code
	source.member in loaded
	count(locals[source.member]) > 1
	some call in source.calls
	some place in places(timed(source, call))
	from := node(source.member, place)
	some name in code.named(call)
	some target in elsewhere(source.member, name)
}

# A name that is imported can be imported from here.
links[from] contains node(to, import_.name) if {
	some source in input.code
	source.member in loaded
	some import_ in source.imports
	import_.name != null
	from := node(source.member, known_as(import_))
	some to in import_.to
}

links[from] contains node(other.member, definition.name) if {
	some source in input.code
	source.member in loaded
	some import_ in source.imports
	import_.name == "*"
	some other in input.code
	other.member in import_.to
	some definition in other.definitions
	from := node(source.member, definition.name)
}

# A function that is looked up by a name that is not known can be any.
links[from] contains node(source.member, definition.name) if {
	some source in input.code
	source.member in loaded
	from := node(source.member, "*")
	some definition in source.definitions
}

known_as(import_) := import_.bound if import_.bound != null

known_as(import_) := import_.name if import_.bound == null

# A call with its time. Byte code that no compiler wrote can call a function without a name for it, so whatever stands in it counts as run.
timed(source, call) := call if source.form != "bytecode"

timed(source, call) := object.union(call, {"runs": "import"}) if source.form == "bytecode"

# Where a call stands: at the top, or in functions.
places(call) := {""} if call.runs in data.weighbridge.lib.code.unasked

places(call) := {place | some place in call.functions} if call.runs == "called"

# Classes, and those that they are made from; each file stands for a class here.
kin[class] contains class if {
	some member in loaded
	class := node(member, "")
}

kin[from] contains base if {
	some source in input.code
	source.member in loaded
	some definition in source.definitions
	definition.class
	from := node(source.member, definition.name)
	some name in definition.bases
	name != null
	some base in {node(source.member, name)} | elsewhere(source.member, name)
}

classes(member) := {node(source.member, definition.name) |
	some source in input.code
	source.member == member
	some definition in source.definitions
	definition.class
}

# Where a loader begins: the file, and of its classes and what they are made from the entry points; and functions of these names.
starts(root) := {node(root.member, "")} | methods | functions if {
	own := classes(root.member)
	all := graph.reachable(kinship, own)
	methods := {concat(".", [class, name]) | some class in all; some name in root.names}
	functions := {node(root.member, name) | some name in root.names}
}

nodes := {node(source.member, definition.name) |
	some source in input.code
	source.member in loaded
	some definition in source.definitions
} | {node(member, "") | some member in loaded} | object.keys(links)

# Classes and what they are made from, each with an entry of its own.
kinship := {class: object.get(kin, class, set()) | some class in nodes | {base | some bases in kin; some base in bases}}

edges := {from: object.get(links, from, set()) | some from in nodes}

# What runs when a loader has come to a file.
reached(root) := graph.reachable(edges, starts(root))

# Whether a call of a file runs then.
runs(member, call, reach) if {
	call.runs in data.weighbridge.lib.code.unasked
	node(member, "") in reach
}

runs(member, call, reach) if {
	call.runs == "called"
	some function in call.functions
	node(member, function) in reach
}

# It stands in more functions than are listed.
runs(member, call, reach) if {
	call.runs == "called"
	count(call.functions) >= 32
	not call.complete
	node(member, "") in reach
}
