# Members by id, their names and their formats.
package weighbridge.lib.member

# Formats of a member that no other of its formats refines: what it is, as precisely as it is known.
leaves(member) := {format |
	some format in member.formats
	not refined(member, format)
}

refined(member, format) if {
	some other in member.formats
	refines(other, format)
}

# Whether whatever is `one` is `other` by nature: a torch archive is a zip. The table holds two steps at most.
refines(one, other) if other in data.families.refines[one]

refines(one, other) if {
	some middle in data.families.refines[one]
	other in data.families.refines[middle]
}

# A name that promises nothing, or plain text or an image.
harmless(member) if {
	every format in member.promised { format in data.families.harmless }
}

# Content that lies beside others: a file below a named directory, or an entry that a container lists.
beside(member) if member.origin in {"file", "entry"}
