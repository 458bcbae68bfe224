package weighbridge.lib.deviation_test

import data.weighbridge.lib.deviation

seen := {
	"member": 0, "format": "zip", "kind": "gap", "name": null, "field": null,
	"expected": null, "found": null, "offset": 7, "count": 1,
}

what(differs) := deviation.finding(object.union(seen, differs))["with"].what

test_what_speaks_of_what_is_known if {
	what({}) == "the zip content as a whole"
	what({"name": "a.pkl"}) == "`a.pkl`"
	what({"field": "size"}) == "size"
	what({"name": "a.pkl", "field": "size"}) == "`a.pkl`: size"
}

test_what_tells_both_values if {
	what({"field": "size", "expected": "1", "found": "2"}) == "size, expected 1, found 2"
	what({"field": "size", "expected": "1"}) == "size, expected 1"
	what({"field": "size", "found": "2"}) == "size, found 2"
}

test_what_counts_the_many if {
	what({"field": "size", "count": 3}) == "size, 3 like it"
}

test_what_is_not_known_has_a_word if {
	given := deviation.finding(seen)["with"]
	given.name == "the content"
	given.found == "unknown"
}
