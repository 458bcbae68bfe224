# What a finding about a name that is on no list says of an allow entry: the entry, or why there is none.
package weighbridge.lib.offer

# The entry with which a name may be called; none for what is known to be dangerous (`why` says it, else it is null), and none for what the
# configuration does not take as a name.
entry(name, why) := {
	"global": name,
	"as": ["call"],
	"arguments": null,
	"state": null,
	"reason": "say here why this global is safe to use",
	"source": null,
} if {
	why == null
	nameable(name)
} else := null

# A name with a dot or colon in it, and nothing that is more than a name.
nameable(name) if {
	is_string(name)
	regex.match(`^[^\s*(){}'"]*[.:][^\s*(){}'"]*$`, name)
}

# What to do: the advice of the rule, and the entry.
remedy(_, why, _) := "Do not load this file. If it came from somewhere else, report it there." if why != null

remedy(name, why, advice) := sprintf("%s If you know that it is safe, add the entry below to `allow:` in `weighbridge.yaml`, and have that merged first.", [advice]) if {
	why == null
	nameable(name)
}

remedy(name, why, advice) := sprintf("%s No entry under `allow:` can stand for it: an entry is `module.Class`. Name it so where the loader takes that, or accept the finding by a waiver (`weighbridge waive`).", [advice]) if {
	why == null
	not nameable(name)
}

# Why a name is known to be dangerous, behind it.
danger(why) := sprintf(" (%s)", [why]) if why != null

danger(why) := "" if why == null
