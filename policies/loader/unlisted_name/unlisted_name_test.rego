package weighbridge.loader.unlisted_name_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.unlisted_name

named(by, kind, target) := fixture.reference({"format": "json", "kind": kind, "by": by, "target": target, "leads": "lookup"})

denies(by, kind, target) if count(unlisted_name.deny) == 1 with input as named(by, kind, target)

silent(by, kind, target) if count(unlisted_name.deny | unlisted_name.warn) == 0 with input as named(by, kind, target)

expressions(path, texts) := object.union(fixture.one({"path": path}), {"references": [reference |
	some at, text in texts
	reference := object.union(named("$", "global", text).references[0], {"name": sprintf("a[%d]", [at])})
]})

test_expressions_of_a_bundle_warn_once if {
	plain := ["$import glob", "$import os", "$@network.to(@device)", "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
		"$sorted(glob.glob(os.path.join(@dataset_dir, 'imagesTs', '*.nii.gz')))", "$monai.handlers.from_engine(['pred', 'label'])",
		"$setattr(torch.backends.cudnn, 'benchmark', True)"]
	count(unlisted_name.warn) == 1 with input as expressions("m/configs/inference.json", plain)
	count(unlisted_name.deny) == 0 with input as expressions("m/configs/inference.json", plain)
	count(unlisted_name.warn) == 0 with input as expressions("m/other/inference.json", plain)
}

test_expressions_that_compute_more_deny if {
	every text in ["$__import__('os').system('id')", "$os.system('id')", "$import subprocess", "$from os import system", "$eval('1')",
		"$[eval][0]('1')", "$torch.hub.load('a/b', 'c')", "$monai.bundle.run('x')", "$@m.system('id')", "$monai.x.os", "$torch.load('x')",
		"$(lambda: 1)()", "$os.path.join\n(1)", "$os", "$ex\u212ec('1')", "$import torch.hub as h"] {
		count(unlisted_name.deny) == 1 with input as expressions("m/configs/inference.json", [text])
	}
}

test_what_is_imported_without_a_switch_denies if {
	denies("type", "global", "custom.Transformer")
	denies("activation_function", "global", "torch.nn.modules.activation.Other")
	denies("component", "global", "evil.Model")
	denies("parent_library", "module", "evil")
	denies("loader_module", "module", "evil")
	denies("handler", "module", "handler.py:run")
	denies("runtime", "library", "libevil.so")
	denies("_target_", "global", "${name}")
}

test_what_a_program_asks_for_warns if {
	count(unlisted_name.warn) == 1 with input as named("_target_", "global", "src.models.Net")
	count(unlisted_name.warn) == 1 with input as named("backend", "plugin", "python")
	count(unlisted_name.deny) == 0 with input as named("backend", "plugin", "python")
}

test_a_library_of_classes_is_no_library_of_functions if {
	every target in [
		"speechbrain.utils.logger.get_environment_description", "transformers.AutoModel.from_pretrained", "omegaconf.OmegaConf.save",
		"transformers.utils.hub.requests.Session", "sklearn.utils._joblib.inspect.Signature",
	] {
		count(unlisted_name.warn) == 1 with input as named("_target_", "global", target)
	}
	silent("!name", "global", "speechbrain.nnet.losses.nll_loss")
	silent("_target_", "global", "torch.nn.functional.relu")
	silent("_target_", "global", "torchmetrics.Accuracy")
}

test_a_kernel_of_the_hub_denies if {
	denies("attn_implementation", "module", "evil/kernel")
	denies("_attn_implementation", "module", "evil/kernel@main:attend")
	silent("attn_implementation", "module", "kernels-community/flash-attn")
}

test_what_is_evaluated_denies if {
	denies("eval", "global", "open('x')")
	denies("metadata", "global", "open('a--b')")
	denies("cfg", "global", "import os")
	facts := named("metadata", "global", "open('x')")
	onnx := object.union(facts, {"references": [object.union(facts.references[0], {"format": "onnx"})]})
	count(unlisted_name.deny) == 1 with input as onnx
}

test_names_of_the_library_are_silent if {
	silent("type", "global", "sentence_transformers.models.Transformer")
	silent("type", "global", "sentence_transformers.models.Pooling.Pooling")
	silent("activation_function", "global", "torch.nn.modules.activation.Tanh")
	silent("activation_fn", "global", "torch.nn.Sigmoid")
	silent("activation_function", "global", "torch.nn.modules.linear.Identity")
	silent("component", "global", "transformers.CLIPTextModel")
	silent("component", "global", "stable_diffusion.StableDiffusionSafetyChecker")
	silent("parent_library", "module", "transformers.models.llama.modeling_llama")
	silent("loader_module", "module", "mlflow.sklearn")
	silent("_target_", "global", "nemo.collections.asr.modules.ConvASREncoder")
	silent("_target_", "global", "torch.nn.modules.linear.Linear")
	silent("_target_", "global", "builtins.dict")
	silent("backend", "plugin", "onnxruntime")
}

test_a_file_in_the_place_of_a_library_denies if {
	count(unlisted_name.deny) == 1 with input as fixture.reference({
		"format": "json", "kind": "global", "by": "component", "target": "transformers.CLIPTextModel", "leads": "inside", "to": 0,
	})
}

test_a_library_of_the_server_is_silent if {
	count(unlisted_name.deny) == 0 with input as fixture.reference({
		"format": "triton-config", "kind": "library", "by": "runtime", "target": "libtriton_onnxruntime.so", "leads": "absent",
	})
	count(unlisted_name.deny) == 1 with input as fixture.reference({
		"format": "triton-config", "kind": "library", "by": "runtime", "target": "libtriton_onnxruntime.so", "leads": "inside",
	})
}

test_an_allowed_name_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("custom.Transformer", ["call"])])}}
	count(unlisted_name.deny) == 0 with input as named("type", "global", "custom.Transformer") with data.allow as list
	count(unlisted_name.deny) == 1 with input as named("type", "global", "other.Transformer") with data.allow as list
}

test_what_other_rules_speak_of_is_silent if {
	silent("parent_library", "module", "transformers_modules.a.b.modeling_c")
	silent("type", "global", "a/b--custom.Transformer")
	silent("_target_", "global", "os.system")
}
test_what_a_loader_makes_without_being_asked_denies if {
	count(unlisted_name.deny) == 1 with input as targeted("model_config.yaml")
	count(unlisted_name.warn) == 1 with input as targeted("config.yaml")
}

targeted(name) := object.union(named("target", "global", "src.models.Net"), {"members": [object.union(fixture.member, {"name": name})]})

test_a_file_hides_what_is_listed if {
	count(unlisted_name.deny) == 1 with input as hidden("handler", "image_classifier")
	count(unlisted_name.deny) == 1 with input as hidden("keras_module", "keras")
	count(unlisted_name.deny) == 1 with input as hidden("loader_module", "mlflow.sklearn")
}

hidden(by, target) := fixture.reference({"format": "json", "kind": "module", "by": by, "target": target, "leads": "inside", "to": 0})

test_an_entry_is_offered_for_a_whole_name if {
	said("type", "global", "custom.Transformer")["allow"].global == "custom.Transformer"
	every one in [["parent_library", "module", "evil"], ["_target_", "global", "${a.b}"], ["eval", "global", "mine.open('x')"]] {
		said(one[0], one[1], one[2])["allow"] == null
		contains(said(one[0], one[1], one[2]).remedy, "by a waiver")
	}
}

said(by, kind, target) := found["with"] if {
	some found in unlisted_name.deny with input as named(by, kind, target)
}

test_what_lies_in_the_artifact_is_accepted_by_its_digest if {
	some found in unlisted_name.deny with input as hidden("handler", "handler.py:run")
	found["with"].allow == null
	contains(found["with"].remedy, "Read the file")
}
