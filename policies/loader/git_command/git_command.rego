# METADATA
# title: A git configuration that runs a command
# description: |-
#   A git configuration lies in the artifact and names a command that git runs by itself: to watch files, to
#   connect, to convert content, or as a hook.
#
#   Any `git status` below that folder runs it; many shells and editors call git on entering one.
# custom:
#   id: loader/git-command
#   level: deny
#   message: >-
#     `{key}` names `{command}`: git runs it in this folder, some of it by a mere `git status`.
#   remedy: >-
#     Remove the `.git` folder from the artifact. A model is not shipped with its repository's own state.
#   since: "0.1.0"
#   formats: [git-config]
# related_resources:
#   - https://git-scm.com/docs/git-config
#   - https://nvd.nist.gov/vuln/detail/CVE-2022-24765
package weighbridge.loader.git_command

deny contains {"at": reference.member, "offset": reference.offset, "with": {"key": reference.by, "command": reference.target}} if {
	some reference in input.references
	reference.format == "git-config"
	reference.kind == "command"
	not reference.target in object.get(data.loaders.commands, reference.by, [])
	runs(reference)
}

# An alias is a command of git's own unless it begins with `!`, and runs when somebody calls it.
runs(reference) if {
	not startswith(reference.by, "alias.")
	reference.by != "submodule.url"
}

runs(reference) if startswith(reference.target, "!")

# An address is none where git takes it for an option, or for a helper that it starts (gitremote-helpers(7), `ext::`).
runs(reference) if {
	reference.by == "submodule.url"
	startswith(reference.target, "-")
}

runs(reference) if {
	reference.by == "submodule.url"
	regex.match(`^[a-z]+::`, reference.target)
}
