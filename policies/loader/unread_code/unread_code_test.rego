package weighbridge.loader.unread_code_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.unread_code

hub(size, code) := object.union(fixture.base, {
	"members": [
		fixture.lying(0, null, "m", "m"),
		object.union(fixture.lying(1, 0, "m/hubconf.py", "hubconf.py"), {"size": size}),
	],
	"code": code,
})

found(facts) := {finding["with"].problem | some finding in findings} if {
	findings := unread_code.deny with input as facts
}

broken := object.union(fixture.source, {"member": 1, "parsed": false})

test_what_breaks_the_syntax_denies if {
	found(hub(9, [object.union(broken, {"problem": "line 2: a bracket is missing"})])) == {"line 2: a bracket is missing"}
	found(hub(9, [object.union(broken, {"language": "shell"})])) == {"it is shell"}
}

test_what_is_no_source_denies if {
	found(hub(9, [])) == {"it is no source of Python"}
}

test_what_was_read_is_silent if {
	found(hub(9, [object.union(fixture.source, {"member": 1})])) == set()
	found(hub(0, [])) == set()
}
