# Conditions of allow entries on arguments and state. The closed list is in `data/conditions.json`; `data/README.md` says more.
# A condition holds for every value that was seen. One that asks for values never holds where they are not all known.
package weighbridge.lib.condition

import data.weighbridge.lib.allow

# Every argument of a call meets the condition at its position. Without conditions any arguments do, and `[]` means none.
arguments(entry, _) if object.get(entry, "arguments", null) == null

arguments(entry, call) if {
	conditions := object.get(entry, "arguments", null)
	conditions != null
	call.keywords == null
	call.arity == count(call.arguments)
	match(conditions, call.arguments)
}

# Fewer arguments than conditions meet them too; more do only when the last condition ends in `...`.
match(conditions, arguments) if {
	every position, argument in arguments { holds(at(conditions, position), argument) }
}

at(conditions, position) := trim_suffix(conditions[position], "...")

at(conditions, position) := trim_suffix(last, "...") if {
	position >= count(conditions)
	last := conditions[count(conditions) - 1]
	endswith(last, "...")
}

# `a|b` means either.
holds(condition, argument) if {
	some one in split(condition, "|")
	is(one, argument)
}

is("any", argument) if argument.kind != "unknown"

is("number", argument) if argument.kind in {"int", "bool", "float"}

is(kind, argument) if {
	kind in {"none", "text", "bytes", "tuple", "list", "dict"}
	argument.kind == kind
}

is("attribute-name", argument) if {
	argument.kind == "text"
	known(argument)
	every value in argument.values { regex.match(`^[A-Za-z][A-Za-z0-9_]*$`, value) }
}

is(condition, argument) if {
	startswith(condition, "one-of:")
	argument.kind in {"text", "global"}
	known(argument)
	allowed := split(trim_prefix(condition, "one-of:"), ",")
	every value in argument.values { value in allowed }
}

is(condition, argument) if {
	startswith(condition, "text:")
	argument.kind == "text"
	known(argument)
	every value in argument.values { value == trim_prefix(condition, "text:") }
}

is("listed-class", argument) if {
	argument.kind == "global"
	known(argument)
	every value in argument.values { class(value) }
}

is("listed-function", argument) if {
	argument.kind == "global"
	known(argument)
	every value in argument.values { function(value) }
}

is("listed-callable", argument) if {
	argument.kind == "global"
	known(argument)
	every value in argument.values { callable(value) }
}

is("listed-storage", argument) if {
	argument.kind == "global"
	known(argument)
	every value in argument.values { value in data.persistent.storages }
}

is("listed-object", argument) if argument.kind == "persistent"

is("listed-object", argument) if {
	argument.kind in {"instance", "result"}
	known(argument)
	every value in argument.values { allow.listed(parts(value)) }
}

is("state", argument) if by_default(argument)

# What torch's own functions rebuilt, or a storage: `detach` and the like are then torch's.
is("tensor", argument) if argument.kind == "persistent"

is("tensor", argument) if {
	argument.kind == "result"
	known(argument)
	every value in argument.values { rebuilds(value) }
}

rebuilds(value) if startswith(value, "torch._utils._rebuild_")

rebuilds(value) if value in {"torch._tensor._rebuild_from_type_v2", "torch.storage._load_from_bytes", "torch.tensor._rebuild_from_type_v2"}

known(argument) if {
	argument.complete
	count(argument.values) > 0
}

# A global by its one text.
class(text) if allow.class(parts(text))

class(text) if {
	some entry in allow.entries(text)
	some use in entry.as
	use in {"new", "build"}
}

function(text) if {
	some entry in allow.entries(text)
	object.get(entry, "arguments", null) == null
	some use in entry.as
	use in {"call", "reference"}
}

callable(text) if class(text)

callable(text) if function(text)

callable(text) if {
	some entry in allow.entries(text)
	"reference" in entry.as
}

# `module.name`, or `module:Outer.Inner`.
parts(text) := {"module": module, "name": name, "global": text} if {
	not contains(text, ":")
	names := split(text, ".")
	module := concat(".", array.slice(names, 0, count(names) - 1))
	name := names[count(names) - 1]
}

parts(text) := {"module": module, "name": name, "global": text} if {
	contains(text, ":")
	at := indexof(text, ":")
	module := substring(text, 0, at)
	name := substring(text, at + 1, -1)
}

# Every state meets the entry's conditions; without any, nothing is asked: the class takes a state of its own.
state(entry, _) if object.get(entry, "state", null) == null

state(entry, call) if {
	conditions := object.get(entry, "state", null)
	conditions != null
	set_once(call)
	every condition in conditions { fits(condition, call.arguments[0]) }
}

# The state of a class that is listed by name.
attributes(call) if {
	set_once(call)
	by_default(call.arguments[0])
}

set_once(call) if {
	call.arity == 1
	count(call.arguments) == 1
}

fits("no-methods", argument) if by_default(argument)

fits("dict", argument) if argument.kind == "dict"

by_default(argument) if argument.kind in constants

# Not attributes, so nothing is set by name: the class's own `__setstate__` takes it.
by_default(argument) if argument.kind in {"list", "set", "persistent", "global"}

by_default(argument) if no_methods(argument)

# `(state, slots)`, or what the class's own `__setstate__` takes.
by_default(argument) if {
	argument.kind == "tuple"
	argument.complete
	every item in argument.items { quiet(item) }
}

# `(function, arguments, keywords, attributes)` of `functools.partial.__setstate__`: whatever of it is a global may be called.
fits("partial", argument) if {
	argument.kind == "tuple"
	argument.complete
	some item in argument.items
	item.kind == "global"
	every item in argument.items { part(item) }
}

fits(condition, argument) if {
	startswith(condition, "without:")
	argument.kind == "dict"
	argument.complete
	every key in argument.keys { lacks(trim_prefix(condition, "without:"), key) }
}

# scipy's distributions run one of their texts. Bytes and whatever gives its bytes (an array, a number of numpy's) could stand for it.
fits("distribution", argument) if {
	argument.kind == "dict"
	argument.complete
	every item in argument.items { runs_nothing(item) }
}

runs_nothing(item) if item.kind in {"none", "bool", "int", "float", "tuple", "list", "dict"}

runs_nothing(item) if {
	item.kind == "text"
	known(item)
	every value in item.values { no_program(value) }
}

runs_nothing(item) if {
	item.kind == "result"
	known(item)
	every value in item.values { value == "numpy.random._pickle.__randomstate_ctor" }
}

# Names alone, the template (escaped, as facts write it), or prose, whose first words are an error of syntax before anything runs:
# an article before a word that is no operator.
no_program(text) if regex.match(`^([A-Za-z_][A-Za-z0-9_]*(, [A-Za-z_][A-Za-z0-9_]*)*)?$`, text)

no_program(text) if regex.match(template, text)

no_program(text) if {
	regex.match(`^(A|An) [A-Za-z]{3,}`, text)
	not regex.match(`^(A|An) (and|not)([^A-Za-z]|$)`, text)
}

template := concat("", [
	`^\\ndef _parse_args\(self, `, names_in, `\):\\n    return \(`, names_out, `\), `, scale_out, `\\n\\n`,
	`def _parse_args_rvs\(self, `, names_in, `, size=None\):\\n    return self\._argcheck_rvs\(`, names_out, ` `, scale_out, `, size=size\)\\n\\n`,
	`def _parse_args_stats\(self, `, names_in, `, moments='mv'\):\\n    return \(`, names_out, `\), `, scale_out, `, moments\\n$`,
])

names_in := `([A-Za-z_][A-Za-z0-9_]*, )* loc=0(, scale=1)?`

names_out := `([A-Za-z_][A-Za-z0-9_]*, )*`

scale_out := `(loc|0), (scale|1)`

part(item) if is("listed-callable", item)

part(item) if item.kind in {"none", "tuple"}

part(item) if no_methods(item)

lacks(_, key) if {
	key.kind != "text"
	key.kind in constants
}

lacks(name, key) if {
	key.kind == "text"
	key.complete
	not name in key.values
}

quiet(item) if not item.kind in {"dict", "unknown", "instance", "result"}

# An object may be a dict by nature, whose items are then set as attributes (`_pickle.c`, `load_build`): what a listed function returned that is
# no container cannot.
quiet(item) if {
	item.kind in {"instance", "result"}
	known(item)
	every value in item.values { no_mapping(value) }
}

no_mapping(value) if {
	not data.containers[value]
	not allow.class(parts(value))
}

quiet(item) if no_methods(item)

no_methods(argument) if {
	argument.kind == "dict"
	argument.complete
	every key in argument.keys { names_no_method(key) }
	hides_nothing(argument)
}

# An attribute hides the method of that name. `data.called` has every name that loading a listed class, or a listed function, calls on any
# object: none of them is set, or nothing that is set can be called.
hides_nothing(argument) if {
	argument.complete
	every key in argument.keys { hides_no_method(key) }
}

hides_nothing(argument) if {
	argument.complete
	every item in argument.items { inert(item) }
}

hides_no_method(key) if key.kind != "text"

hides_no_method(key) if {
	key.kind == "text"
	key.complete
	count([1 | some value in key.values; data.called[value]]) == 0
}

# A dict's own class may answer an attribute with an item.
items(argument) if argument.kind != "dict"

items(argument) if {
	argument.kind == "dict"
	hides_nothing(argument)
}

# Calling it does nothing: it cannot be called, or is a function that was read and is harmless with any arguments.
inert(item) if item.kind in constants | {"tuple", "list", "dict", "set"}

inert(item) if {
	item.kind in {"instance", "result"}
	known(item)
	every value in item.values { makes_inert(value) }
}

inert(item) if {
	item.kind == "global"
	known(item)
	every value in item.values { read(value) }
}

makes_inert(value) if data.inert[value]

makes_inert(value) if data.containers[value]

makes_inert(value) if {
	made := parts(value)
	some name in allow.lists(data.listed.modules, made.module)
	list := data.allow[name]
	some table in [list.classes, object.get(list, "enums", {})]
	made.name in table[made.module]
	list.callables != null
	not value in list.callables
}

read(value) if data.inert[value]

read(value) if {
	some entry in allow.entries(value)
	"reference" in entry.as
	not class(value)
}

# Attributes are set by text; another key fails in the unpickler, or is an item of the class's own state.
names_no_method(key) if {
	key.kind != "text"
	key.kind in constants | {"tuple"}
}

names_no_method(key) if {
	key.kind == "text"
	key.complete
	count([1 | some value in key.values; value in methods]) == 0
	every value in [value | some value in key.values; startswith(value, "__")] { not method(value) }
}

constants := {"none", "bool", "int", "float", "text", "bytes"}

# Names that the unpickler itself calls on an object (pickle.py, `load_build`, `load_append`, `load_appends`, `load_additems`), and
# those that listed functions call on what they are given: as an attribute, each is a call in disguise.
methods := {"append", "extend", "add", "update", "items", "keys", "values", "get", "pop"}

method(name) if name in methods

# Special names, but for those of `data.attributes`, which nothing calls.
method(name) if {
	startswith(name, "__")
	endswith(name, "__")
	not data.attributes[name]
}
