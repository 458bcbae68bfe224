package weighbridge.lib.code_test

import data.weighbridge.lib.code
import data.weighbridge.lib.fixture

test_what_a_source_does_is_told_by_family if {
	later := object.union(fixture.code_call, {"name": "socket.socket", "runs": "called"})
	source := object.union(fixture.source, {"calls": [fixture.code_call, later]})
	code.acts(source, data.weighbridge.lib.code.unasked) == {"process"}
	code.acts(source, {"import", "called"}) == {"process", "network"}
}
