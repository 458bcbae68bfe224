package weighbridge.production.unversioned_name_test

import data.weighbridge.lib.fixture
import data.weighbridge.production.unversioned_name

named(name) := fixture.one({"path": concat("/", ["models/production", name]), "name": name})

test_a_name_without_a_version_fires if {
	every name in ["tagger.safetensors", "tagger-latest.safetensors", "tagger-2.safetensors", "1.2.safetensors"] {
		count(unversioned_name.warn) == 1 with input as named(name)
	}
}

test_a_version_is_silent if {
	count(unversioned_name.warn) == 0 with input as named("tagger-1.2.safetensors")
}

test_an_experiment_needs_none if {
	count(unversioned_name.warn) == 0 with input as fixture.one({"path": "models/experiments/tagger.pt", "name": "tagger.pt"})
}
