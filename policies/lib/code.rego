# Code: what its calls do, by the lists in `data.python`, and what of it runs without being called.
package weighbridge.lib.code

# Times at which code runs when its file is imported or run as a program.
unasked := {"import", "reached"}

started := {"import", "reached", "program"}

# The families of what a source calls, or hands over to be called, at these times.
acts(source, times) := {family |
	some call in source.calls
	call.runs in times
	some family in possible(source, call)
}

# The families that a call is of, or may be of.
possible(source, call) := families(call) | perhaps(source, call)

# The families that a call is of.
families(call) := {family |
	some family, entry in data.python.families
	some name in named(call)
	name in entry.names
}

# The families that a call may be of whose name is known in part: any function of a module (`os.*`), or an attribute of what is not known (`*.system`)
# where the module that has such a function is imported too.
perhaps(source, call) := {family |
	some name in named(call)
	contains(name, "*")
	some family, entry in data.python.families
	some known in entry.names
	meant(source, name, known)
}

meant(_, name, known) if {
	endswith(name, ".*")
	parts := split(known, ".")
	name == concat(".", array.concat(array.slice(parts, 0, count(parts) - 1), ["*"]))
}

meant(source, name, known) if {
	startswith(name, "*.")
	endswith(known, trim_prefix(name, "*"))
	some import_ in source.imports
	startswith(known, concat("", [import_.module, "."]))
}

# What a call calls, and what it hands over.
named(call) := {call.name} | {name | some name in call.passes}

# A call in words.
shown(call) := sprintf("`%s` in line %d", [call.name, call.line])

# As that, where the call itself is of the family. Otherwise what it hands over is; of what is not known by name, the attributes that say so.
told(source, call, family) := shown(call) if {
	of_family(source, call.name, family)
} else := sprintf("%s in line %d", [handed(source, call, family), call.line]) if {
	call.name == "*"
} else := sprintf("%s (handed to `%s`) in line %d", [handed(source, call, family), call.name, call.line])

handed(source, call, family) := concat(", ", sort({sprintf("`%s`", [name]) | some name in call.passes; of_family(source, name, family)}))

of_family(_, name, family) if name in data.python.families[family].names

of_family(source, name, family) if {
	contains(name, "*")
	some known in data.python.families[family].names
	meant(source, name, known)
}
