# METADATA
# title: A git hook
# description: |-
#   A file lies where git looks for its hooks, under the name of one. It denies when it is marked as a program, which is when
#   git runs it, and warns otherwise.
#
#   git runs hooks on checkout, commit, merge and push, without asking.
# custom:
#   id: loader/git-hook
#   level: deny
#   message: >-
#     `{name}` lies among the hooks of a git repository: git runs it by itself{condition}.
#   remedy: >-
#     Remove the `.git` folder from the artifact. A model is not shipped with its repository's own state.
#   since: "0.1.0"
#   formats: [script]
# related_resources:
#   - https://git-scm.com/docs/githooks
package weighbridge.loader.git_hook

deny contains {"at": member.id, "offset": null, "with": {"name": member.name, "condition": ""}} if {
	some member in hooks
	member.executable
}

warn contains {"at": member.id, "offset": null, "with": {"name": member.name, "condition": " once it is marked as a program"}} if {
	some member in hooks
	not member.executable
}

hooks contains member if {
	some member in input.members
	data.loaders.hooks[member.name]
	in_hooks(member)
}

in_hooks(member) if endswith(member.path, concat("", [".git/hooks/", member.name]))

# A bare repository, or one of a submodule: git's `HEAD` lies beside the folder.
in_hooks(member) if {
	endswith(member.path, concat("", ["/hooks/", member.name]))
	some head in input.members
	head.name == "HEAD"
	head.path == concat("", [trim_suffix(member.path, concat("", ["hooks/", member.name])), "HEAD"])
}
