# Whether the allow lists (`data.allow`) permit a use of a global. A global is never permitted by its module.
package weighbridge.lib.allow

import data.weighbridge.lib.condition

# Names of the lists that may speak of a key: those that the generated index (`data.listed`) has for it, and all that it does not
# know, such as a repository's own. A lookup does not walk through all of them.
lists(index, key) := array.concat(object.get(index, key, []), unindexed)

unindexed := [name |
	some name, _ in data.allow
	not data.listed.lists[name]
]

# Entries of every list for a global. A list's file has an array of entries; the engine is given them by their global.
entries(global) := {entry |
	some name in lists(data.listed.globals, global)
	some entry in data.allow[name].entries[global]
}

# A class that is listed by name: instances may be made of it, and state and items set on them.
class(global) if {
	some name in lists(data.listed.modules, global.module)
	global.name in data.allow[name].classes[global.module]
}

# An enumeration that is listed by name: a member is looked up by its value.
enumeration(global) if {
	some name in lists(data.listed.modules, global.module)
	global.name in data.allow[name].enums[global.module]
}

# Listed in any way.
listed(global) if class(global)

listed(global) if enumeration(global)

listed(global) if count(entries(global.global)) > 0

# Listed as a value: an argument, an item or a state. What holds a function may call it with any arguments, so one that is listed
# only to be called under conditions may not be passed on; neither may a class whose constructor reaches out (`data.constructors`).
passable(global) if {
	value(global)
	not data.constructors[global.global]
}

value(global) if class(global)

value(global) if enumeration(global)

value(global) if {
	some entry in entries(global.global)
	some use in entry.as
	use in {"reference", "new", "build"}
}

value(global) if global.global in data.persistent.storages

# Called with arguments.
permits(call) if {
	call.as == "call"
	call.callee.kind == "global"
	some entry in entries(call.callee.global)
	"call" in entry.as
	condition.arguments(entry, call)
}

permits(call) if {
	call.as == "call"
	call.callee.kind == "global"
	enumeration(call.callee)
	call.arity == 1
	call.keywords == null
	every argument in call.arguments { condition.holds("text|number|none|tuple", argument) }
}

# An instance made without `__init__`.
permits(call) if {
	made(call)
	call.callee.kind == "global"
	class(call.callee)
}

# torch's legacy files name the class of a layer by a persistent id, `('module', CLASS, ...)`, which the loader answers with that
# class (torch/serialization.py, `_legacy_load`). The id itself is judged by its shape.
permits(call) if {
	made(call)
	call.callee.kind == "persistent"
	call.callee.global != null
	class(call.callee)
}

permits(call) if {
	made(call)
	call.callee.kind == "global"
	some entry in entries(call.callee.global)
	"new" in entry.as
	condition.arguments(entry, call)
}

# `getattr(class, name)`, with both written out, is the global `module:class.name`: it may be taken when that is listed, and what it
# returned may be called as that is listed. The C pickler writes bound class methods
# this way (Objects/methodobject.c, `meth_reduce`; Objects/classobject.c, `method_reduce`).
permits(call) if {
	gets(call)
	taken := targets(call)
	count(taken) > 0
	every target in taken { count(entries(target)) > 0 }
}

permits(call) if {
	call.as == "call"
	call.callee.kind == "result"
	call.callee.global in getters
	taken := all_targets
	count(taken) > 0
	every target in taken { callable_as(target, call) }
}

getters := {"builtins.getattr", "__builtin__.getattr"}

gets(call) if {
	call.as == "call"
	call.callee.kind == "global"
	call.callee.global in getters
}

# What a call of `getattr` may give; nothing when it is not all known.
targets(call) := {target |
	call.arity == 2
	of := call.arguments[0]
	name := call.arguments[1]
	of.kind == "global"
	of.complete
	name.kind == "text"
	name.complete
	some one in of.values
	parts := split(one, ".")
	module := concat(".", array.slice(parts, 0, count(parts) - 1))
	some attribute in name.values
	target := sprintf("%s:%s.%s", [module, parts[count(parts) - 1], attribute])
}

# What any call of `getattr` may give; nothing when one of them is not all known.
all_targets := {target |
	some call in getting
	some target in targets(call)
} if {
	every call in getting { count(targets(call)) > 0 }
} else := set()

getting := [call |
	some pickle in input.pickles
	some call in pickle.calls
	gets(call)
]

callable_as(target, call) if {
	some entry in entries(target)
	"call" in entry.as
	condition.arguments(entry, call)
}

# State set on what was made of a listed class, or by a listed call.
permits(call) if {
	call.as == "build"
	call.callee.kind in {"instance", "result"}
	class(call.callee)
	condition.attributes(call)
}

permits(call) if {
	call.as == "build"
	call.callee.kind in {"instance", "result"}
	some entry in entries(call.callee.global)
	"build" in entry.as
	condition.state(entry, call)
}

# Items added by the object's own methods (`append`, `extend`, `add`, `__setitem__`).
permits(call) if {
	call.as == "items"
	call.callee.kind in {"instance", "result"}
	class(call.callee)
	every argument in call.arguments { condition.items(argument) }
}

permits(call) if {
	call.as == "items"
	call.callee.kind in {"instance", "result"}
	some entry in entries(call.callee.global)
	takes_items(entry)
}

# INST and OBJ without arguments make an instance of a class without calling `__init__` (pickle.py, `_instantiate`).
made(call) if call.as == "new"

made(call) if {
	call.as == "call"
	call.opcode in {"INST", "OBJ"}
	call.arity == 0
}

# What a listed call without conditions returns may take items; with conditions, only a container that is known as one.
takes_items(entry) if {
	some use in entry.as
	use in {"call", "new"}
	object.get(entry, "arguments", null) == null
}

takes_items(entry) if {
	some use in entry.as
	use in {"call", "new"}
	data.containers[entry.global]
}
