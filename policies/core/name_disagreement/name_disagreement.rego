# METADATA
# title: The content is not what the name promises
# description: >-
#   The name of the file promises one format and the content is another. A pickle under a name that promises none
#   (`.json`, `.png` ...) denies: people trust such names, and many loaders go by the content. A name that promises a
#   model denies whatever else is in the file: its loader refuses it, or reads something that nobody meant. Other
#   differences warn.
# custom:
#   id: core/name-disagreement
#   level: deny
#   message: >-
#     The name promises {promised}, and the content is {content}.
#   remedy: >-
#     Give the file the name of what it is, or replace it by what its name says.
#   since: "0.1.0"
package weighbridge.core.name_disagreement

import data.weighbridge.lib.member

deny contains finding(file, format) if {
	some file, format in broken
	denied(file, format)
}

warn contains finding(file, format) if {
	some file, format in broken
	not denied(file, format)
}

denied(_, format) if format in data.families.pickles

denied(file, _) if {
	some promise in file.promised
	promise in data.families.models
}

# What is content under a name that does not promise it. `executable/*` speaks of programs and scripts, `core/not-scanned` of pointers.
broken[file] := format if {
	some file in input.members
	count(file.promised) > 0
	file.origin in {"named", "file", "entry", "hidden", "decoded"}
	formats := [format |
		some format in member.leaves(file)
		not format in {"script", "lfs-pointer"}
		not format in data.families.programs
		not kept(file, format)
	]
	count(formats) > 0
	format := formats[0]
}

kept(file, format) if format in file.promised

kept(file, format) if {
	some promise in file.promised
	format in data.families.accepts[promise]
}

# A compressor names what it holds as itself (pandas writes `frame.pkl.tar.gz` into `frame.pkl.tar.gz`): the outer file keeps the promise.
kept(file, _) if {
	outer := ancestors(file)[_]
	outer.name == file.name
	some format in outer.formats
	format in file.promised
}

# The container of a member, and the container of that: a member's id is its index.
ancestors(file) := array.concat(
	[outer | outer := input.members[file.parent]],
	[outer | outer := input.members[input.members[file.parent].parent]],
)

finding(file, format) := {"at": file.id, "offset": null, "with": {
	"promised": concat(" or ", file.promised),
	"content": format,
}}
