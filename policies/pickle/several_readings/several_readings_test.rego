package weighbridge.pickle.several_readings_test

import data.weighbridge.pickle.several_readings
import data.weighbridge.lib.fixture

c := object.union(fixture.stream, {"reading": "cpython-c"})

python := object.union(fixture.stream, {"reading": "cpython-python"})

broken := {"ended": {"kind": "bad-operand", "offset": 3, "opcode": "INT", "what": null}}

facts(pickles) := object.union(fixture.one({}), {"pickles": pickles})

test_readings_that_differ_fire if {
	count(several_readings.deny) == 1 with input as facts([c, object.union(python, broken)])
}

test_a_reading_alone_fires if {
	count(several_readings.deny) == 1 with input as facts([c])
}

test_a_file_read_in_another_way_fires if {
	file := object.union(object.union(fixture.stream, {"reading": "cpython-file"}), broken)
	count(several_readings.deny) == 1 with input as facts([fixture.stream, file])
}

test_readings_that_agree_are_silent if {
	count(several_readings.deny) == 0 with input as facts([c, python])
}

test_one_reading_is_silent if {
	count(several_readings.deny) == 0 with input as facts([fixture.stream])
}

test_the_reading_of_joblib_is_silent if {
	count(several_readings.deny) == 0 with input as facts([fixture.stream, object.union(fixture.stream, {"reading": "joblib"})])
}
