# METADATA
# title: Opening the folder in an editor runs something
# description: |-
#   A file of an editor or a coding agent lies in the model and names a command or program that it starts by itself: a task that runs when the folder is
#   opened, a command of a development container, an interpreter or shell that is a file of the model, a server of tools, a hook of a session.
#
#   People open a model's folder to look at it. An editor asks once whether it is trusted, and after that starts what these files name.
# custom:
#   id: loader/editor-command
#   level: warn
#   message: >-
#     {what}: {loader} {does}.
#   remedy: >-
#     Take the editor's files out of the model. To look into a folder that has them, open it without trusting it.
#   since: "0.1.0"
#   formats: [json]
# related_resources:
#   - https://code.visualstudio.com/docs/editor/workspace-trust
#   - https://containers.dev/implementors/json_reference/
package weighbridge.loader.editor_command

import data.weighbridge.lib.loader

warn contains finding(one.reference, one.what) if some one in started

finding(reference, what) := {"at": reference.member, "offset": reference.offset, "with": {
	"what": what,
	"loader": data.loaders.editors[reference.by].loader,
	"does": data.loaders.editors[reference.by].does,
}}

# A command of a development container, or of a coding agent where it looks.
started contains {"reference": reference, "what": sprintf("`%s` is `%s`", [loader.place(reference), reference.target])} if {
	some reference in data.weighbridge.lib.loader.references
	how := data.loaders.editors[reference.by]
	not reference.by in {"runOn", "interpreter"}
	stands(input.members[reference.member].path, how)
}

stands(_, how) if not how.places

stands(path, how) if {
	some place in how.places
	some sign in ["/", "!"]
	endswith(lower(path), concat("", [sign, place]))
}

# A task, and what it runs.
started contains {"reference": reference, "what": sprintf("A task%s runs by itself", [running])} if {
	some reference in data.weighbridge.lib.loader.references
	reference.by == "runOn"
	opened(reference)
	task := trim_suffix(reference.name, "runOptions.runOn")
	commands := [sprintf("`%s`", [other.target]) |
		some other in input.references
		other.member == reference.member
		other.by == "task"
		startswith(other.name, task)
	]
	running := told(commands)
}

told(commands) := sprintf(" with the command %s", [concat(" or ", commands)]) if count(commands) > 0

told(commands) := "" if count(commands) == 0

# A program, where it is a file of the model.
started contains {"reference": reference, "what": sprintf("`%s` names `%s`", [loader.place(reference), reference.target])} if {
	some reference in data.weighbridge.lib.loader.references
	reference.by == "interpreter"
	opened(reference)
	parts := [part | some part in split(replace(reference.target, `\`, "/"), "/"); not part in {"", ".", "${workspaceFolder}", "${workspaceRoot}"}]
	path := concat("", [workspace(input.members[reference.member]), concat("/", parts)])
	some member in input.members
	member.path == path
}

opened(reference) if workspace(input.members[reference.member])

# The folder that is opened. Windows and macOS take `.VSCODE` for the editor's folder too.
workspace(member) := before(member.path, concat("", [".vscode/", member.name]))

workspace(member) := before(member.path, member.name) if endswith(lower(member.name), ".code-workspace")

before(path, end) := substring(path, 0, count(path) - count(end)) if endswith(lower(path), lower(end))
