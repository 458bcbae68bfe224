package weighbridge.loader.git_command_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.git_command

named(by, target) := fixture.reference({"format": "git-config", "kind": "command", "by": by, "target": target, "leads": "lookup"})

test_commands_fire if {
	count(git_command.deny) == 1 with input as named("core.fsmonitor", "touch /tmp/x")
	count(git_command.deny) == 1 with input as named("filter.smudge", "sh -c x")
	count(git_command.deny) == 1 with input as named("alias.st", "!id")
	count(git_command.deny) == 1 with input as named("submodule.url", "--upload-pack=touch /tmp/x")
	count(git_command.deny) == 1 with input as named("submodule.url", "ext::sh -c id")
}

test_ordinary_settings_are_silent if {
	count(git_command.deny) == 0 with input as named("filter.smudge", "git-lfs smudge -- %f")
	count(git_command.deny) == 0 with input as named("core.fsmonitor", "true")
	count(git_command.deny) == 0 with input as named("alias.st", "status")
	count(git_command.deny) == 0 with input as named("submodule.url", "https://github.com/org/data.git")
	count(git_command.deny) == 0 with input as fixture.reference({})
}
