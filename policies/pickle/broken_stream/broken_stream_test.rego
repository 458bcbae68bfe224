package weighbridge.pickle.broken_stream_test

import data.weighbridge.pickle.broken_stream
import data.weighbridge.lib.fixture

ended(kind) := fixture.pickle({"ended": {"kind": kind, "offset": 3, "opcode": "POP", "what": "more"}})

test_every_break_fires if {
	every kind in {"truncated", "unknown-opcode", "bad-operand", "stack-underflow", "empty-memo", "wrong-kind", "unknown-protocol"} {
		count(broken_stream.deny) == 1 with input as ended(kind)
	}
}

test_a_break_at_the_end_fires if {
	facts := fixture.pickle({"ended": {"kind": "truncated", "offset": 9, "opcode": null, "what": null}})
	count(broken_stream.deny) == 1 with input as facts
}

test_a_stop_is_silent if {
	count(broken_stream.deny) == 0 with input as ended("stop")
}

test_a_limit_is_told_elsewhere if {
	count(broken_stream.deny) == 0 with input as ended("limit")
}
