package weighbridge.pickle.suffix_bytes_test

import data.weighbridge.pickle.suffix_bytes
import data.weighbridge.lib.fixture

test_fires if {
	count(suffix_bytes.deny) == 1 with input as fixture.deviation("pickle", "suffix-bytes")
}

test_another_deviation_is_silent if {
	count(suffix_bytes.deny) == 0 with input as fixture.deviation("pickle", "gap")
}

test_another_family_is_silent if {
	count(suffix_bytes.deny) == 0 with input as fixture.deviation("zip", "suffix-bytes")
}

test_raw_numbers_of_the_oldest_torch_file_warn if {
	inside := fixture.inside({"name": "old.pt", "formats": ["tar", "torch-tar"]}, {"name": "storages", "formats": ["pickle"]})
	seen := object.union(fixture.deviation("pickle", "suffix-bytes").deviations[0], {"member": 1})
	facts := object.union(inside, {"deviations": [seen]})
	count(suffix_bytes.deny) == 0 with input as facts
	count(suffix_bytes.warn) == 1 with input as facts
}
