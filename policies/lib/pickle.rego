# What a pickle does that the allow lists do not permit, sorted so that one rule speaks of each place.
package weighbridge.lib.pickle

import data.weighbridge.lib.allow
import data.weighbridge.lib.condition

# Archives that every loader of PyTorch hands to TorchScript: by this entry (torch/serialization.py, `_is_torchscript_zip`).
scripts contains file.parent if {
	some file in input.members
	file.name == "constants.pkl"
}

# Every call that is not permitted, with its member.
refused contains {"member": pickle.member, "call": call} if {
	some pickle in input.pickles
	some call in pickle.calls
	not allow.permits(call)
	not own(pickle.member, call.callee)
}

# pandas opens the file that a time zone of dateutil's names, and `dateutil` alone takes any path (pandas/_libs/tslibs/timezones.pyx,
# `maybe_get_tz`; dateutil/tz/tz.py, `gettz`).
refused contains {"member": pickle.member, "call": call} if {
	some pickle in input.pickles
	some call in pickle.calls
	opens(call)
}

opens(call) if {
	call.callee.global != null
	startswith(call.callee.global, "pandas.")
	some argument in call.arguments
	opens_zone(argument, call)
}

opens_zone(argument, _) if {
	some one in array.concat([argument], array.concat(argument.items, [item | some outer in argument.items; some item in outer.items]))
	some text in one.values
	contains(text, "dateutil/")
	not regex.match(`^(datetime64\[[a-z]+, ?)?dateutil/[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*\]?$`, text)
}

# Of too many texts some are not known.
opens_zone(argument, call) if {
	call.callee.name == "DatetimeTZDtype"
	argument.kind == "text"
	not argument.complete
}

# A class that a TorchScript archive defines in its own code, which is judged by its operators, or one of PyTorch's native classes that
# the list of operators has. Python has no module of that name.
own(member, global) if {
	in_script(member)
	startswith(global.global, "__torch__.")
	not startswith(global.global, "__torch__.torch.classes.")
}

own(member, global) if {
	in_script(member)
	data.operators.torch[global.module].names[global.name]
	startswith(global.module, "__torch__.torch.classes.")
}

in_script(member) if {
	file := input.members[member]
	"torchscript" in input.members[file.parent].formats
	file.parent in scripts
	file.name in {"data.pkl", "constants.pkl", "bytecode.pkl", "traced_inputs.pkl"}
}

# Calls of a known global, or on what a known global made: the ones that an allow entry could permit.
named contains refusal if {
	some refusal in refused
	callee := refusal.call.callee
	callee.global != null
	refusal.call.as in {"call", "new"}
	callee.kind == "global"
}

named contains refusal if {
	some refusal in refused
	callee := refusal.call.callee
	callee.global != null
	refusal.call.as in {"build", "items"}
	callee.kind in {"instance", "result"}
}

# Imports that are not listed and that no refused call of the same pickle speaks of.
imported contains {"member": pickle.member, "import": record} if {
	some pickle in input.pickles
	some record in pickle.imports
	record.global != null
	not allow.listed(record)
	not own(pickle.member, record)
	not [pickle.member, record.global] in told
}

imported contains {"member": pickle.member, "import": record} if {
	some pickle in input.pickles
	some record in pickle.imports
	record.global != null
	record.passed
	allow.listed(record)
	not allow.passable(record)
}

# Globals by member that a refused call speaks of.
told contains [refusal.member, refusal.call.callee.global] if {
	some refusal in named
}

# Why a global is known to be dangerous: by itself, by its module, or by a module that its dotted name goes through
# (from protocol 4 on, `posixpath` and `os.system` is `posixpath.os.system`).
danger(global) := data.dangerous.globals[global.global].why

danger(global) := data.dangerous.modules[global.module].why if not data.dangerous.globals[global.global]

danger(global) := whys[0] if {
	not data.dangerous.globals[global.global]
	not data.dangerous.modules[global.module]
	whys := array.concat(by_package(global), by_way(global))
	count(whys) > 0
}

dangerous(global) if danger(global)

# A package above the module is listed as a whole.
by_package(global) := [why |
	parts := split(global.module, ".")
	some length in numbers.range(1, count(parts))
	why := data.dangerous.modules[concat(".", array.slice(parts, 0, length))].why
]

# `os.system`, reached through another module.
by_way(global) := array.concat(
	[why |
		parts := split(global.name, ".")
		some part in array.slice(parts, 0, count(parts) - 1)
		why := data.dangerous.modules[trim_left(part, "_")].why
	],
	[why |
		parts := split(global.name, ".")
		count(parts) > 1
		some module in [parts[count(parts) - 2], trim_left(parts[count(parts) - 2], "_"), trim(parts[count(parts) - 2], "_")]
		some name in {sprintf("%s.%s", [module, parts[count(parts) - 1]])}
		why := data.dangerous.globals[name].why
	],
)

# What is done, in words.
deed(call) := "called" if call.as == "call"

deed(call) := "instantiated" if call.as == "new"

deed(call) := "given a state" if call.as == "build"

deed(call) := "given items" if call.as == "items"

# Every call by the global that it is about.
calls_of[call.callee.global] contains call if {
	some pickle in input.pickles
	some call in pickle.calls
	call.callee.global != null
}

# The engine leaves a table without entries undefined.
of(text) := calls_of[text] if {
	calls_of[text]
} else := set()

# Globals that an entry may be offered for, each looked at once.
offers[text] := entry if {
	some text in wanted
	entry := offer(text)
}

wanted := {refusal.call.callee.global |
	some refusal in named
	not dangerous(refusal.call.callee)
} | {record["import"].global |
	some record in imported
	not dangerous(record["import"])
}

# The narrowest allow entry with which everything that the pickles do with a global is permitted; none for what sets a method
# as an attribute, which is a call in disguise.
offer(text) := {
	"global": text,
	"as": uses(text),
	"arguments": arguments(text),
	"state": state(text),
	"reason": "say here why this global is safe to use",
	"source": null,
} if {
	every call in of(text) { offered(call) }
}

# An entry would not permit what opens a path.
offered(call) if {
	call.as in {"call", "new"}
	call.callee.kind == "global"
	not opens(call)
}

offered(call) if {
	call.as == "items"
	call.callee.kind in {"instance", "result"}
}

offered(call) if {
	call.as == "build"
	call.callee.kind in {"instance", "result"}
	not sets_method(call)
}

# A call of what the global returned is refused by itself; an entry does not change that.
offered(call) if {
	call.as in {"call", "new"}
	call.callee.kind in {"instance", "result"}
}

sets_method(call) if {
	some name in names(call)
	condition.method(name)
}

names(call) := {name |
	some argument in call.arguments
	some dict in array.concat([argument], argument.items)
	dict.kind == "dict"
	some key in dict.keys
	some name in key.values
}

uses(text) := ["reference"] if count(doing(text)) == 0

uses(text) := [use | some use in ["call", "new", "build", "reference"]; use in doing(text)] if count(doing(text)) > 0

doing(text) := {use |
	some call in of(text)
	call.callee.kind == "global"
	call.as == "call"
	not allow.made(call)
	use := "call"
} | {use |
	some call in of(text)
	call.callee.kind == "global"
	allow.made(call)
	use := "new"
} | {use |
	some call in of(text)
	call.as == "build"
	use := "build"
} | {"reference" | text in passed}

# Globals that are ever more than callees.
passed contains record.global if {
	some pickle in input.pickles
	some record in pickle.imports
	record.passed
}

# Conditions that hold for what was seen, when all calls agree; none where the object takes items, which asks for a free entry.
arguments(text) := conditions if {
	seen := {conditions |
		some call in of(text)
		call.as in {"call", "new"}
		call.callee.kind == "global"
		conditions := [best(argument) | some argument in call.arguments]
		call.keywords == null
		call.arity == count(conditions)
	}
	every call in of(text) { measured(call) }
	count(seen) == 1
	not takes_items(text)
	some conditions in seen
	some name in conditions
	name != "any"
} else := null

measured(call) if not call.as in {"call", "new"}

measured(call) if call.callee.kind != "global"

measured(call) if {
	call.keywords == null
	call.arity == count(call.arguments)
}

takes_items(text) if {
	some call in of(text)
	call.as == "items"
}

best(argument) := name if {
	ordered := ["none", "number", "text", "bytes", "listed-class", "listed-callable", "listed-object", "tuple", "list", "dict"]
	held := [name | some name in ordered; condition.holds(name, argument)]
	count(held) > 0
	name := held[0]
} else := "any"

# What attributes may be, unless the state's names are not all known: then nothing is asked, and a person has to say why.
state(text) := ["no-methods"] if {
	"build" in doing(text)
	every call in of(text) { attributes(call) }
} else := null

attributes(call) if call.as != "build"

attributes(call) if condition.attributes(call)
