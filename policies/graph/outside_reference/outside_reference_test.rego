package weighbridge.graph.outside_reference_test

import data.weighbridge.graph.outside_reference
import data.weighbridge.lib.fixture

fires(differs) if count(outside_reference.deny) == 1 with input as fixture.reference(differs)

test_a_way_out_fires if {
	fires({"target": "../../../etc/passwd", "leads": "outside"})
	fires({"target": "/etc/passwd", "leads": "absolute", "name": null})
	fires({"target": "a\\\\b", "leads": "ambiguous", "count": 4})
	fires({"kind": "url", "target": "grpc://host:1", "leads": "url", "format": "tensorflow", "by": "attribute debug_urls"})
	fires({"kind": "output", "target": "/root/.bashrc", "leads": "absolute", "format": "tensorflow", "by": "node"})
	fires({"kind": "plugin", "target": "../x", "leads": "outside", "by": "attribute"})
	fires({"target": "../x", "leads": "outside", "format": "tflite", "by": "external-buffer"})
	fires({"target": "https://host/x", "leads": "url", "format": "tfjs", "by": "weights"})
	fires({"target": "x", "leads": "link", "format": "tensorflow-checkpoint", "by": "shard"})
}

test_a_file_of_the_model_is_silent if {
	every leads in ["inside", "absent", "beside"] {
		count(outside_reference.deny) == 0 with input as fixture.reference({"leads": leads})
	}
}

test_other_formats_are_not_meant if {
	count(outside_reference.deny) == 0 with input as fixture.reference({"leads": "outside", "format": "zip"})
}

test_what_a_lightgbm_model_was_trained_with_is_warned_of if {
	facts := fixture.reference({"leads": "absolute", "format": "lightgbm", "by": "parameter", "kind": "file"})
	count(outside_reference.deny) == 0 with input as facts
	count(outside_reference.warn) == 1 with input as facts
}

test_every_engine_has_a_name if {
	every format in data.families.graphs { fires({"leads": "absolute", "format": format}) }
}

test_the_remedy_is_of_the_format if {
	contains(remedy({"leads": "outside", "kind": "external-data"}), "onnx.save_model")
	every format in ["tensorflow", "tflite", "darknet", "h2o-mojo", "ocdbt", "coreml"] {
		text := remedy({"leads": "outside", "format": format, "kind": "file"})
		not contains(text, "onnx")
		contains(text, "Do not load")
	}
	contains(remedy({"leads": "url", "format": "pmml", "by": "external entity"}), "DOCTYPE")
	some found in outside_reference.warn with input as fixture.reference({"leads": "absolute", "format": "lightgbm", "by": "parameter"})
	contains(found["with"].remedy, "alone does not open it")
}

remedy(differs) := found["with"].remedy if {
	some found in outside_reference.deny with input as fixture.reference(differs)
}

test_what_names_it_is_told_in_words if {
	what({"format": "tensorflow", "by": "attribute debug_urls", "name": "debug", "kind": "url", "leads": "url"}) == "The attribute `debug_urls` of `debug`"
	what({"format": "onnx", "by": "sparse-initializer", "name": "w", "leads": "outside"}) == "The sparse initializer `w`"
	what({"format": "tflite", "by": "external-buffer", "name": null, "leads": "outside"}) == "An external buffer"
	what({"format": "onnx", "by": "initializer", "name": null, "leads": "outside"}) == "The initializer"
}

what(differs) := found["with"].what if {
	some found in outside_reference.deny with input as fixture.reference(differs)
}
