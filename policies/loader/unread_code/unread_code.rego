# METADATA
# title: Loading runs code that was not understood
# description: |-
#   A configuration, or a name that a loader looks for, leads the loader to a file of the artifact that is no Python as it is known here: its
#   syntax breaks, or it is no text at all.
#
#   One version of Python may run what another refuses, so nobody knows what loading does.
# custom:
#   id: loader/unread-code
#   level: deny
#   message: >-
#     {leading}: {how}. The file was not understood: {problem}.
#   remedy: >-
#     Write the file so that a current Python takes it, and check it again.
#   since: "0.1.0"
#   formats: [python, script, pyc]
package weighbridge.loader.unread_code

import data.weighbridge.lib.loaded

deny contains {"at": member, "offset": null, "with": {"leading": loaded.leading(root, member), "how": root.how, "problem": problem}} if {
	some root in data.weighbridge.lib.loaded.roots
	some member in loaded.files({root.member})
	problem := unread(member)
}

# A package may have an empty file.
unread(member) := "it is no source of Python" if {
	not read[member]
	input.members[member].size > 0
}

unread(member) := concat("; ", sort(problems)) if {
	problems := {problem(source) | some source in input.code; source.member == member; not source.parsed}
	count(problems) > 0
}

problem(source) := source.problem if source.problem != null

problem(source) := sprintf("it is %s", [source.language]) if source.problem == null

read[source.member] if some source in input.code
