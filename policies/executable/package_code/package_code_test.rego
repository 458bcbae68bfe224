package weighbridge.executable.package_code_test

import data.weighbridge.executable.package_code
import data.weighbridge.lib.fixture

facts(name, extension) := {
	"members": [
		fixture.member,
		object.union(fixture.member, {"id": 1, "parent": 0, "path": name, "name": "extern_modules", "extension": null}),
		object.union(fixture.member, {"id": 2, "parent": 0, "path": "model.pt!model/net.py", "name": "net.py", "extension": extension}),
	],
}

test_a_package_with_modules_fires if {
	count(package_code.deny) == 1 with input as object.union(fixture.base, facts("model.pt!model/.data/extern_modules", "py"))
}

test_a_package_without_modules_is_silent if {
	count(package_code.deny) == 0 with input as object.union(fixture.base, facts("model.pt!model/.data/extern_modules", "txt"))
}

test_another_archive_is_silent if {
	count(package_code.deny) == 0 with input as object.union(fixture.base, facts("model.pt!model/extern_modules", "py"))
}

flags(path) := {"members": [
	fixture.member,
	object.union(fixture.member, {"id": 1, "parent": 0, "path": path, "name": "m_compile_flags.json", "extension": "json"}),
]}

test_flags_of_a_compiler_fire if {
	count(package_code.deny) == 1 with input as object.union(fixture.base, flags("model.pt2!data/aotinductor/model/m_compile_flags.json"))
}

test_flags_elsewhere_are_silent if {
	count(package_code.deny) == 0 with input as object.union(fixture.base, flags("model.pt2!extra/m_compile_flags.json"))
}
