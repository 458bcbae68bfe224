package weighbridge.loader.acting_name_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.acting_name

configured(target) := fixture.reference({"format": "pickle", "kind": "global", "by": "cfg name", "target": target, "leads": "lookup"})

named(by, target) := fixture.reference({"format": "yaml", "kind": "global", "by": by, "target": target, "leads": "lookup"})

test_what_acts_fires if {
	every target in ["os.system", "subprocess.Popen", "builtins.eval", "hydra.utils.get_method", "eval", "posixpath.os.system"] {
		count(acting_name.deny) == 1 with input as named("_target_", target)
	}
	count(acting_name.deny) == 1 with input as named("!apply", "os.system")
	every target in ["speechbrain.utils.superpowers.run_shell", "speechbrain.augment.preparation.write_csv"] {
		count(acting_name.deny) == 1 with input as named("!apply", target)
	}
	every by in ["steps.class", "pipeline.name", "preprocessors.name", "network_class_name", "arch_kwargs", "gluonts"] {
		count(acting_name.deny) == 1 with input as named(by, "subprocess.Popen")
		count(acting_name.deny) == 1 with input as named(by, "torch.hub.load")
	}
}

test_what_acts_is_found_through_other_modules if {
	every target in [
		"transformers.utils.hub.os.system", "torch.nn.modules.module.sys.modules.get", "speechbrain.utils.superpowers._os.system",
		"mine.subprocess.Popen", "nemo.core.classes.common.builtins.eval",
	] {
		count(acting_name.deny) == 1 with input as named("_target_", target)
	}
}

test_classes_are_silent if {
	every target in ["torch.optim.Adam", "mine.Model", "torch.nn.Linear", "pathlib.Path", "torchvision.transforms.Resize"] {
		count(acting_name.deny) == 0 with input as named("_target_", target)
	}
}

test_other_formats_are_not_meant if {
	count(acting_name.deny) == 0 with input as fixture.reference({"format": "onnx", "kind": "global", "by": "_target_", "target": "os.system"})
}

test_plain_data_is_silent_though_its_module_acts if {
	every by in ["_target_", "gluonts", "usual key"] {
		count(acting_name.deny | acting_name.warn) == 0 with input as named(by, "builtins.tuple")
	}
}

test_an_allowed_name_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("subprocess.run", ["call"])])}}
	count(acting_name.deny) == 0 with input as named("_target_", "subprocess.run") with data.allow as list
}

test_what_acts_in_the_configuration_of_a_checkpoint_fires if {
	count(acting_name.deny) == 1 with input as configured("os.system")
	count(acting_name.deny | acting_name.warn) == 0 with input as configured("mmdet.models.YOLOX")
}

test_what_acts_warns_under_a_usual_key if {
	every target in ["subprocess.Popen", "os.system", "builtins.eval", "mine.subprocess.Popen", "keras.utils.os.system"] {
		count(acting_name.warn) == 1 with input as named("usual key", target)
		count(acting_name.deny) == 0 with input as named("usual key", target)
	}
	every target in ["torch.optim.Adam", "mine.Model", "encoder.weight", "transformers.AutoModel", "keras.layers", "bentoml.sklearn"] {
		count(acting_name.warn) == 0 with input as named("usual key", target)
	}
}
