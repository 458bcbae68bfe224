package weighbridge.pickle.result_call_test

import data.weighbridge.pickle.result_call
import data.weighbridge.lib.fixture

thing := fixture.global("library", "make")

of(use, kind) := fixture.pickle({"calls": [fixture.call(use, kind, thing, {})]})

listed := fixture.list({"library": ["make"]}, [fixture.entry("library.make", ["call", "new", "build", "reference"])])

test_calls_of_computed_values_fire_even_when_their_maker_is_listed if {
	every kind in {"instance", "result"} {
		count(result_call.deny) == 1 with input as of("call", kind) with data.allow as listed
	}
}

test_loader_objects_and_plain_values_fire if {
	every kind in {"persistent", "literal"} {
		every use in {"call", "build", "items"} {
			facts := fixture.pickle({"calls": [fixture.call(use, kind, fixture.unknown, {})]})
			count(result_call.deny) == 1 with input as facts
		}
	}
}

# What torch answers the id `('module', CLASS, ...)` with: the class.
test_a_loader_supplied_class_is_made_when_it_is_listed if {
	count(result_call.deny) == 0 with input as of("new", "persistent") with data.allow as fixture.list({"library": ["make"]}, [])
	count(result_call.deny) == 1 with input as of("new", "persistent") with data.allow as fixture.list({"library": ["other"]}, [])
	count(result_call.deny) == 1 with input as of("call", "persistent") with data.allow as fixture.list({"library": ["make"]}, [])
}

test_state_on_a_class_itself_fires if {
	count(result_call.deny) == 1 with input as of("build", "global") with data.allow as listed
}

test_listed_uses_are_silent if {
	count(result_call.deny) == 0 with input as of("call", "global") with data.allow as listed
	count(result_call.deny) == 0 with input as of("items", "result") with data.allow as listed
}

test_an_unlisted_call_is_told_elsewhere if {
	count(result_call.deny) == 0 with input as of("call", "global") with data.allow as {}
}
