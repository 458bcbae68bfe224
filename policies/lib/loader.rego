# What a configuration names for its loader to run, and which of it the lists (`data.loaders`, `data.loader_names`) know.
package weighbridge.lib.loader

import data.weighbridge.lib.allow
import data.weighbridge.lib.pickle

formats := {"json", "yaml", "triton-config", "text"}

# What a configuration names; other formats have rules of their own.
references contains reference if {
	some reference in input.references
	reference.format in formats
}

# The metadata of a model in another format, and the configuration in a checkpoint.
references contains reference if {
	some reference in input.references
	reference.by in {"metadata", "cfg", "cfg name"}
}

# Of another repository: `organisation/name--module.Class`. What is evaluated is an expression, whatever stands in it.
foreign(reference) if {
	contains(reference.target, "--")
	not reference.by in {"eval", "activation", "metadata", "cfg"}
}

# Looked up by name, with nothing to switch it on, and how.
looked_up contains {"reference": reference, "how": how} if {
	some reference in references
	how := data.loaders.names[reference.by]
	not foreign(reference)
	not remote_class(reference)
	not elsewhere(reference)
}

# An expression of MONAI outside of the folder in which a bundle has its workflows.
elsewhere(reference) if {
	reference.by == "$"
	not regex.match(`(^|[/!])configs[/!][^/!]+$`, input.members[reference.member].path)
}

# An expression that does no more than bundles do to put tensors, paths and networks together: it imports known modules, or calls what
# is known by its name, and no module is handed on from which other things could be reached.
plain(expression) if {
	some known in data.loaders.expressions.whole
	regex.match(known, expression)
}

plain(expression) if {
	not regex.match(data.loaders.expressions.hidden, expression)
	every call in regex.find_n(`[@#A-Za-z0-9_.:]+[ \t]*\(`, expression, -1) {
		some known in data.loaders.expressions.calls
		regex.match(known, trim_space(trim_suffix(call, "(")))
	}
}

# A file that a loader runs because of its name and place, and how.
looked_for contains {"member": member, "name": member.name, "file": member.name, "how": how} if {
	some member in input.members
	how := data.loaders.files[member.name]
	member.origin in {"file", "entry"}
	lies(member, how, member.name)
}

# Where it is imported, Python takes a package or byte code of that name too (Python, Language Reference, The import system).
looked_for contains {"member": member, "name": name, "file": file, "how": how} if {
	some member in input.members
	some ending in ["/__init__.py", "/__init__.pyc", ".pyc"]
	endswith(member.path, ending)
	parts := regex.split(`[/!]`, trim_suffix(member.path, ending))
	module := parts[count(parts) - 1]
	name := concat("", [module, ".py"])
	how := data.loaders.files[name]
	how.imported
	file := concat("", [module, ending])
	member.origin in {"file", "entry"}
	lies(member, how, file)
}

# Some loaders look into every folder.
lies(_, how, _) if how.folder == null

lies(member, how, file) if {
	how.folder != null
	inner(member) == concat("", [below(how.folder), file])
	accompanied(member, how)
}

# A name that many files have counts where another file tells for which loader the folder is.
accompanied(_, how) if not how.beside

accompanied(member, how) if {
	some other in input.members
	other.name == how.beside
	other.parent == member.parent
	inner(other) == concat("", [below(how.folder), how.beside])
}

# The path in the folder or container, as a loader sees it that unpacks one: tar writes `./` before every name when it is given `.`, and a folder may be
# named with a slash at its end.
inner(member) := concat("/", [part | some part in split(rest, "/"); not part in {"", "."}]) if {
	outer := input.members[member.parent]
	rest := trim_left(substring(member.path, count(outer.path), -1), "!")
}

below(folder) := "" if folder == ""

below(folder) := concat("", [folder, "/"]) if folder != ""

# Code of a repository, under the name that transformers gives it once it was trusted.
remote_class(reference) if {
	reference.by == "parent_library"
	startswith(reference.target, "transformers_modules.")
}

# A dotted name as a global: what stands before its last dot, and behind.
global(target) := {"global": target, "module": concat(".", array.slice(parts, 0, count(parts) - 1)), "name": parts[count(parts) - 1]} if {
	parts := split(target, ".")
}

listed(reference, list) if {
	data.loaders.listed[list][reference.target]
	not hides(reference, list)
}

listed(reference, list) if {
	list != "diffusers"
	data.loader_names[list].names[reference.target]
	not hides(reference, list)
}

# A file of the artifact has that name: the loader may take it for the listed one. What `instantiate` makes is looked up among packages first.
hides(reference, list) if {
	reference.to != null
	list != "instantiate"
}

# A library that diffusers knows. A file of that name in the component's folder comes first.
listed(reference, "diffusers") if {
	reference.to == null
	data.loader_names.diffusers.names[global(reference.target).module]
}

listed(reference, "torch") if {
	startswith(reference.target, "torch.nn.modules.")
	allow["class"](global(reference.target))
}

listed(reference, "torch") if {
	of := global(reference.target)
	of.module == "torch.nn"
	some module in ["torch.nn.modules.activation", "torch.nn.modules.linear"]
	of.name in data.allow.torch.classes[module]
}

listed(reference, "instantiate") if allow["class"](global(reference.target))

# A library of backends that the server has; one in the model's own folder is another.
listed(reference, "triton") if {
	startswith(reference.target, "libtriton_")
	reference.leads in {"absent", "beside"}
}

# A library of classes: a function of it is listed only where all of them compute. A name that goes on through a module which the
# library imports is not the library's own.
listed(reference, list) if {
	some family, _ in data.loaders.families[list]
	startswith(reference.target, concat("", [family, "."]))
	not through(reference.target, family)
	classlike(reference, list)
}

through(target, family) if {
	some part in split(substring(target, count(family) + 1, -1), ".")
	data.dangerous.modules[trim(part, "_")]
}

# A module is named by itself, and modules are written in small letters.
classlike(reference, _) if reference.kind != "global"

classlike(reference, _) if regex.match(`\._?[A-Z][^.]*$`, reference.target)

classlike(reference, list) if {
	some family, _ in data.loaders.functions[list]
	startswith(reference.target, concat("", [family, "."]))
}

listed(reference, _) if allowed(reference.target)

# Allowed by the configuration, to be called with any arguments.
allowed(target) if {
	some list in ["repository", "organisation"]
	some entry in data.allow[list].entries[target]
	"call" in entry.as
	object.get(entry, "arguments", null) == null
}

# What is known to act, and why.
danger(reference) := data.loaders.acting[reference.target] if reference.kind == "global"

danger(reference) := pickle.danger(global(reference.target)) if {
	reference.kind == "global"
	not data.loaders.acting[reference.target]
}

# `transformers.utils.hub.os.system`: what the last of such modules has under the rest of the name.
danger(reference) := whys[count(whys) - 1] if {
	reference.kind == "global"
	not data.loaders.acting[reference.target]
	not pickle.danger(global(reference.target))
	parts := split(reference.target, ".")
	whys := [why |
		some at in numbers.range(1, count(parts) - 2)
		at > 0
		module := trim_left(parts[at], "_")
		data.loaders.ways.modules[module]
		why := pickle.danger(global(concat(".", array.concat([module], array.slice(parts, at + 1, count(parts))))))
	]
	count(whys) > 0
}

dangerous(reference) if danger(reference)

# Null where nothing is known of it.
why(reference) := danger(reference) if dangerous(reference)

why(reference) := null if not dangerous(reference)

# It is put together when it is read.
unknown(reference) if contains(reference.target, "${")

place(reference) := reference.name if reference.name != null

place(reference) := reference.by if reference.name == null

# The file that the name leads to, in words.
leading(reference) := sprintf(", which is the file `%s`", [input.members[reference.to].path]) if reference.to != null

leading(reference) := "" if reference.to == null
