# METADATA
# title: An entry is a link
# description: |-
#   An entry of the archive is a symbolic or hard link: it holds no content and points to another path. A link
#   that leads out of the folder denies. One that stays inside warns, for what it points to is an entry of its
#   own.
#
#   When the archive is unpacked, a link that leads out lets a later entry write through it to any place on the
#   machine: over a start-up file, a key, or another model.
# custom:
#   id: container/link
#   level: deny
#   message: >-
#     An entry is a link: {what}.
#   remedy: >-
#     Ask for an archive that holds the files themselves.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.link

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("link")
	not stays(seen)
}

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("link")
	stays(seen)
}

# A member is that link, and every link with this target in this container stays inside.
stays(seen) if {
	target := sprintf("%d %s", [seen.member, seen.found])
	links[target] == {false}
}

# Whether links lead out, by container and target.
links[target] contains file.link.escapes if {
	some file in input.members
	file.link != null
	file.parent != null
	target := sprintf("%d %s", [file.parent, file.link.target])
}
