package weighbridge.tensor.embedded_content_test

import data.weighbridge.tensor.embedded_content
import data.weighbridge.lib.fixture

held(formats, holder) := fixture.inside(
	{"path": "model.gguf", "formats": holder},
	{"path": "model.gguf!tensor a", "name": "tensor a", "origin": "value", "formats": formats},
)

test_an_archive_fires if count(embedded_content.warn) == 1 with input as held(["zip"], ["gguf"])

test_a_storage_fires if count(embedded_content.warn) == 1 with input as fixture.inside(
	{"path": "model.pt", "formats": ["zip", "torch"]},
	{"path": "model.pt!model/data/0", "name": "0", "origin": "entry", "formats": ["gzip"]},
)

test_an_empty_storage_is_silent if count(embedded_content.warn) == 0 with input as fixture.inside(
	{"path": "model.pt", "formats": ["zip", "torch"]},
	{"path": "model.pt!model/data/0", "name": "0", "origin": "entry", "formats": ["empty"]},
)

test_the_pickle_of_an_archive_is_silent if count(embedded_content.warn) == 0 with input as fixture.inside(
	{"path": "model.pt", "formats": ["zip", "torch"]},
	{"path": "model.pt!model/data.pkl", "name": "data.pkl", "origin": "entry", "formats": ["pickle"]},
)

test_a_tensor_in_another_file_fires if count(embedded_content.warn) == 1 with input as object.union(
	held(["zip"], []),
	{"references": [{"kind": "external-data", "to": 0}]},
)

test_words_are_silent if count(embedded_content.warn) == 0 with input as held(["text", "json"], ["safetensors"])

test_values_of_pickles_are_silent if count(embedded_content.warn) == 0 with input as held(["zip"], ["pickle"])
