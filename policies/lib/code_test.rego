package weighbridge.lib.code_test

import data.weighbridge.lib.code
import data.weighbridge.lib.fixture

test_what_is_known_in_part_is_told if {
	perhaps("os.*", []) == {"process"}
	perhaps("torch.*", []) == set()
	perhaps("*.system", [imported]) == {"process"}
	perhaps("*.system", []) == set()
	code.acts(object.union(fixture.source, {"calls": [object.union(fixture.code_call, {"name": "*", "passes": ["*.popen"]})], "imports": [imported]}), {"import"}) == {"process"}
}

test_what_is_not_known_is_shown_by_its_attributes if {
	call := object.union(fixture.code_call, {"name": "*", "passes": ["*.system", "*.other"]})
	code.told(object.union(fixture.source, {"imports": [imported]}), call, "process") == "`*.system` in line 3"
}

test_what_is_handed_over_is_shown if {
	call := object.union(fixture.code_call, {"name": "atexit.register", "passes": ["os.system", "os.getcwd"]})
	code.told(fixture.source, call, "process") == "`os.system` (handed to `atexit.register`) in line 3"
	code.told(fixture.source, fixture.code_call, "process") == "`os.system` in line 3"
}

perhaps(name, imports) := found if {
	call := object.union(fixture.code_call, {"name": name})
	found := code.perhaps(object.union(fixture.source, {"calls": [call], "imports": imports}), call)
}

imported := {"module": "os", "name": null, "bound": null, "to": [], "place": "module", "runs": "import", "line": 1, "count": 1}

test_what_a_source_does_is_told_by_family if {
	later := object.union(fixture.code_call, {"name": "socket.socket", "runs": "called"})
	source := object.union(fixture.source, {"calls": [fixture.code_call, later]})
	code.acts(source, data.weighbridge.lib.code.unasked) == {"process"}
	code.acts(source, {"import", "called"}) == {"process", "network"}
}
