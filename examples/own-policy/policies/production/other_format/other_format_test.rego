package weighbridge.production.other_format_test

import data.weighbridge.lib.fixture
import data.weighbridge.production.other_format

# `fixture.one` gives the facts of one file; what is named here differs from the plain one.
file(path, formats) := fixture.one({"path": path, "name": "tagger", "size": 10, "formats": formats})

test_a_pickle_in_production_fires if {
	found := other_format.deny with input as file("models/production/tagger", ["pickle"])
	count(found) == 1
	some finding in found
	finding["with"] == {"name": "tagger", "format": "pickle", "formats": "safetensors"}
}

test_what_nothing_recognises_fires if {
	count(other_format.deny) == 1 with input as file("models/production/tagger", [])
}

test_safetensors_in_production_is_silent if {
	count(other_format.deny) == 0 with input as file("models/production/tagger", ["safetensors"])
}

test_an_experiment_may_be_anything if {
	count(other_format.deny) == 0 with input as file("models/experiments/tagger", ["pickle"])
	count(other_format.deny) == 0 with input as file("models/preproduction/tagger", ["pickle"])
}

test_the_configuration_may_list_more if {
	told := {"formats": null, "largest": null, "custom": {"production-formats": ["safetensors", "npy"]}}
	count(other_format.deny) == 0 with input as file("models/production/tagger", ["npy"]) with data.parameters as told
}
