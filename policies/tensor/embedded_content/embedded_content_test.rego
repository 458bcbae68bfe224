package weighbridge.tensor.embedded_content_test

import data.weighbridge.tensor.embedded_content
import data.weighbridge.lib.fixture

held(formats, holder) := fixture.inside(
	{"path": "model.gguf", "formats": holder},
	{"path": "model.gguf!tensor a", "name": "tensor a", "origin": "value", "formats": formats},
)

test_an_archive_fires if count(embedded_content.warn) == 1 with input as held(["zip"], ["gguf"])

test_words_are_silent if count(embedded_content.warn) == 0 with input as held(["text", "json"], ["safetensors"])

test_values_of_pickles_are_silent if count(embedded_content.warn) == 0 with input as held(["zip"], ["pickle"])
