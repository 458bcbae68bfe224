# METADATA
# title: The content is not what the name promises
# description: |-
#   The name of the file promises one format, and its content is another. Two cases deny: a pickle under a name
#   that promises none (`.safetensors`, `.json`, `.png`), and a model's name (`.pt`, `.npz`) over content that
#   is no such model. Other differences warn.
#
#   People trust names: a `.safetensors` file is taken for one that cannot run code. Many loaders do not look at
#   the name but at the content, and load the pickle that is there.
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
	grave(file, format)
}

warn contains finding(file, format) if {
	some file, format in broken
	not grave(file, format)
}

grave(file, format) if {
	format in data.families.pickles
	not promises(file, data.families.pickles)
}

grave(file, _) if promises(file, data.families.models)

# What is content under a name that does not promise it. `executable/*` speaks of programs and scripts, `core/not-scanned` of pointers.
broken[file] := format if {
	some file in input.members
	count(file.promised) > 0
	doubtful(file)
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

# Most files are just what their name promises: looked at first, because an archive may hold thousands.
doubtful(file) if {
	some format in file.formats
	not format in file.promised
}

kept(file, format) if format in file.promised

kept(file, format) if {
	some promise in file.promised
	format in data.families.accepts[promise]
}

# A compressor names what it holds as itself (pandas writes `frame.pkl.tar.gz` into `frame.pkl.tar.gz`): the outer file keeps the promise.
kept(file, _) if {
	some outer in outers(file)
	outer.name == file.name
	some format in outer.formats
	format in file.promised
}

outers(file) := [outer |
	first := input.members[file.parent]
	some id in [first.id, first.parent]
	id != null
	outer := input.members[id]
]

promises(file, formats) if {
	some promise in file.promised
	promise in formats
}

finding(file, format) := {"at": file.id, "offset": null, "with": {
	"promised": concat(" or ", file.promised),
	"content": format,
}}
