# Code: what its calls do, by the lists in `data.python`, and what of it runs without being called.
package weighbridge.lib.code

# Times at which code runs when its file is imported or run as a program.
unasked := {"import", "reached"}

started := {"import", "reached", "program"}

# The families of what a source calls, or hands over to be called, at these times.
acts(source, times) := {family |
	some call in source.calls
	call.runs in times
	some family in families(call)
}

# The families that a call is of.
families(call) := {family |
	some family, entry in data.python.families
	named(call) & names(entry) != set()
}

names(entry) := {name | some name in entry.names}

# What a call calls, and what it hands over.
named(call) := {call.name} | {name | some name in call.passes}

# The first calls of a family at these times, in words.
shown(call) := sprintf("%s in line %d", [call.name, call.line])
