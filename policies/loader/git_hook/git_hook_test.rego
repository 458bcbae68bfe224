package weighbridge.loader.git_hook_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.git_hook

lying(path, name, executable) := fixture.inside({"path": "m", "name": "m"}, {"path": path, "name": name, "executable": executable})

test_a_hook_fires if {
	count(git_hook.deny) == 1 with input as lying("m/a/.git/hooks/post-checkout", "post-checkout", true)
	count(git_hook.warn) == 1 with input as lying("m!a/.git/hooks/post-checkout", "post-checkout", false)
	count(git_hook.deny) == 1 with input as object.union(fixture.base, {"members": [
		object.union(fixture.member, {"path": "m/repo/HEAD", "name": "HEAD"}),
		object.union(fixture.member, {"id": 1, "path": "m/repo/hooks/update", "name": "update", "executable": true}),
	]})
}

test_samples_and_others_are_silent if {
	count(git_hook.deny) == 0 with input as lying("m/.git/hooks/update.sample", "update.sample", true)
	count(git_hook.deny) == 0 with input as lying("m/hooks/update", "update", true)
}
