package weighbridge.executable.native_program_test

import data.weighbridge.executable.native_program
import data.weighbridge.lib.fixture

test_programs_fire if {
	every format in {"elf", "pe", "mach-o", "wasm", "llamafile"} {
		count(native_program.deny) == 1 with input as fixture.one({"formats": [format]})
	}
}

test_a_recorded_program_fires if {
	facts := object.union(fixture.one({"formats": []}), {"executables": [{"member": 0, "format": "elf", "machine": null, "kind": "executable"}]})
	count(native_program.deny) == 1 with input as facts
}

test_a_model_is_silent if {
	count(native_program.deny) == 0 with input as fixture.one({"formats": ["zip", "torch"]})
}
