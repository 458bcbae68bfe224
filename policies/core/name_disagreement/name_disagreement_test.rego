package weighbridge.core.name_disagreement_test

import data.weighbridge.core.name_disagreement
import data.weighbridge.lib.fixture

test_a_pickle_under_a_trusted_name_is_denied if {
	every promise in {"safetensors", "json", "text", "image", "npy", "gguf"} {
		count(name_disagreement.deny) == 1 with input as fixture.one({"formats": ["pickle"], "promised": [promise]})
	}
}

test_a_text_pickle_under_a_text_name_is_denied if {
	count(name_disagreement.deny) == 1 with input as fixture.one({"formats": ["text", "pickle"], "promised": ["text"]})
}

test_another_content_under_a_models_name_is_denied if {
	every differs in [
		{"formats": ["zip"], "promised": ["torch", "torchscript", "torch-legacy", "torch-tar", "pickle"]},
		{"formats": ["empty"], "promised": ["pickle", "joblib"]},
		{"formats": ["text", "json"], "promised": ["safetensors"]},
		{"formats": ["text", "json"], "promised": ["safetensors-index"]},
	] {
		count(name_disagreement.deny) == 1 with input as fixture.one(differs)
	}
}

test_harmless_differences_are_warned_of if {
	every differs in [{"formats": ["text"], "promised": ["image"]}, {"formats": ["gzip"], "promised": ["zip"]}] {
		count(name_disagreement.deny) == 0 with input as fixture.one(differs)
		count(name_disagreement.warn) == 1 with input as fixture.one(differs)
	}
}

kept := [
	{"formats": ["zip", "torch"], "promised": ["torch", "torchscript", "torch-legacy", "torch-tar", "pickle"]},
	{"formats": ["pickle", "torch-legacy"], "promised": ["torch", "torchscript", "torch-legacy", "torch-tar", "pickle"]},
	{"formats": ["pickle"], "promised": ["torch", "torchscript", "torch-legacy", "torch-tar", "pickle"]},
	{"formats": ["gzip"], "promised": ["pickle", "joblib"]},
	{"formats": ["zlib"], "promised": ["joblib", "pickle"]},
	{"formats": ["zip", "torch"], "promised": ["pickle", "joblib"]},
	{"formats": ["text", "pickle"], "promised": ["pickle", "joblib"]},
	{"formats": ["text", "json"], "promised": ["text"]},
	{"formats": ["text"], "promised": ["json"]},
	{"formats": ["zip", "npz"], "promised": ["npz"]},
	{"formats": ["zip", "npz"], "promised": ["zip"]},
	{"formats": ["text", "json", "safetensors-index"], "promised": ["safetensors-index"]},
	{"formats": ["text", "json"], "promised": ["script", "text"]},
	{"formats": ["empty"], "promised": ["text"]},
	{"formats": ["elf"], "promised": ["safetensors"]},
	{"formats": ["zip"], "promised": []},
	{"formats": [], "promised": ["torch"]},
]

test_kept_promises_are_silent if {
	every differs in kept {
		count(name_disagreement.deny | name_disagreement.warn) == 0 with input as fixture.one(differs)
	}
}

test_a_file_named_as_its_archive_is_silent if {
	facts := fixture.inside(
		{"name": "x.pkl.gz", "formats": ["gzip"], "promised": ["gzip"]},
		{"name": "x.pkl.gz", "formats": ["pickle"], "promised": ["gzip"]},
	)
	count(name_disagreement.deny | name_disagreement.warn) == 0 with input as facts
}

test_a_file_beside_one_of_its_name_fires if {
	facts := fixture.inside(
		{"name": "x.json", "formats": ["zip"], "promised": []},
		{"name": "x.json", "formats": ["pickle"], "promised": ["json"]},
	)
	count(name_disagreement.deny) == 1 with input as facts
}
