# Conditions of allow entries on arguments and state; the closed list and its words are in `data/conditions.json`.
# A condition holds for every value that was seen, and never for values that are not all known.
package weighbridge.lib.condition

import data.weighbridge.lib.allow

# Every argument of a call meets the condition at its position; without conditions, any arguments.
arguments(entry, _) if object.get(entry, "arguments", null) == null

arguments(entry, call) if {
	wanted := entry.arguments
	wanted != null
	call.keywords == null
	call.arity != null
	call.arity == count(call.arguments)
	call.arity <= count(wanted)
	every position, argument in call.arguments {
		holds(wanted[position], argument)
	}
}

holds("any", _) := true

holds("none", argument) if argument.kind == "none"

holds("bool", argument) if argument.kind == "bool"

holds("int", argument) if argument.kind in {"int", "bool"}

holds("number", argument) if argument.kind in {"int", "bool", "float"}

holds("text", argument) if argument.kind == "text"

holds("bytes", argument) if argument.kind == "bytes"

holds("plain", argument) if plain(argument)

holds("attribute-name", argument) if {
	argument.kind == "text"
	argument.complete
	every value in argument.values { regex.match(`^[A-Za-z][A-Za-z0-9_]*$`, value) }
}

holds("listed-global", argument) if {
	argument.kind == "global"
	argument.complete
	every value in argument.values { free(value) }
}

holds("listed-class", argument) if {
	argument.kind == "global"
	argument.complete
	every value in argument.values { class(value) }
}

holds("object", argument) if argument.kind in {"instance", "result"}

# None, numbers, text, bytes, and containers that hold only such: nothing that could be called.
plain(argument) if argument.kind in simple

plain(argument) if {
	argument.kind in {"tuple", "list", "set", "dict"}
	argument.complete
	every item in array.concat(argument.items, argument.keys) { plain_2(item) }
}

plain_2(argument) if argument.kind in simple

plain_2(argument) if {
	argument.kind in {"tuple", "list", "set", "dict"}
	argument.complete
	every item in array.concat(argument.items, argument.keys) { item.kind in simple }
}

simple := {"none", "bool", "int", "float", "text", "bytes"}

# A global, by its one text, that may be called with whatever comes later: a listed class, or an entry without conditions.
free(text) if class(text)

free(text) if {
	some entry in data.weighbridge.lib.allow.entries[text]
	object.get(entry, "arguments", null) == null
	some use in entry.as
	use in {"call", "reference"}
}

class(text) if allow.class(parts(text))

# `module.name`, or `module:Outer.Inner`.
parts(text) := {"module": module, "name": name} if {
	not contains(text, ":")
	names := split(text, ".")
	module := concat(".", array.slice(names, 0, count(names) - 1))
	name := names[count(names) - 1]
}

parts(text) := {"module": module, "name": name} if {
	contains(text, ":")
	[module, name] := split(text, ":")
}

# Every state meets the entry's conditions; without any, `no-methods`.
state(null, call) if {
	count(call.arguments) == 1
	fits("no-methods", call.arguments[0])
}

state(conditions, call) if {
	conditions != null
	count(call.arguments) == 1
	every condition in conditions { fits(condition, call.arguments[0]) }
}

fits("any", _) := true

fits("plain", argument) if plain(argument)

fits("no-methods", argument) if argument.kind in simple

fits("no-methods", argument) if no_methods(argument)

# A tuple is `(state, slots)`, or what the class's own `__setstate__` takes.
fits("no-methods", argument) if {
	argument.kind == "tuple"
	argument.complete
	every item in argument.items { harmless(item) }
}

# Not attributes, so nothing is set by name: the class's own `__setstate__` takes it.
fits("no-methods", argument) if argument.kind in {"list", "set", "instance", "result"}

harmless(item) if item.kind != "dict"

harmless(item) if no_methods(item)

# The names that the unpickler itself calls on an object (pickle.py, `load_build`, `load_append`, `load_appends`, `load_additems`):
# as an attribute, each is a call in disguise.
methods := {"__setstate__", "append", "extend", "add", "__setitem__", "__class__", "__dict__", "__reduce__", "__reduce_ex__"}

no_methods(argument) if {
	argument.kind == "dict"
	argument.complete
	every key in argument.keys { names_no_method(key) }
}

names_no_method(key) if key.kind in {"none", "bool", "int", "float", "bytes", "tuple"}

names_no_method(key) if {
	key.kind == "text"
	key.complete
	every value in key.values { not value in methods }
}
