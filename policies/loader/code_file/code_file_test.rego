package weighbridge.loader.code_file_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.code_file

named(by, target) := fixture.reference({"format": "yaml", "kind": "file", "by": by, "target": target, "leads": "inside"})

lying(path, name) := fixture.inside({"path": "m"}, {"path": path, "name": name, "origin": "file", "formats": ["text"]})

test_a_file_that_is_run_by_loading_denies if {
	count(code_file.deny) == 1 with input as named("model_code_path", "model.py")
}

test_python_of_mmengine_and_mlx_denies if {
	count(code_file.deny) == 1 with input as named("_base_", "base.py")
	count(code_file.deny) == 1 with input as named("model_file", "model.py")
}

test_what_takes_another_step_warns if {
	count(code_file.warn) == 1 with input as named("cog.predict", "predict.py:Predictor")
	count(code_file.warn) == 1 with input as named("bentofile.service", "service:Service")
	count(code_file.warn) == 1 with input as named("code", "code")
	count(code_file.warn) == 1 with input as named("EXECUTION_ENV_PATH", "env.tar.gz")
	count(code_file.warn) == 1 with input as lying("m/hubconf.py", "hubconf.py")
	count(code_file.warn) == 1 with input as lying("m/custom_generate/generate.py", "generate.py")
}

test_files_elsewhere_are_silent if {
	count(code_file.warn) == 0 with input as lying("m/src/hubconf.py", "hubconf.py")
	count(code_file.warn) == 0 with input as lying("m/generate.py", "generate.py")
	count(code_file.deny | code_file.warn) == 0 with input as named("default_model_filename", "model.py")
}

test_the_code_of_a_container_warns_where_it_looks if {
	count(code_file.warn) == 1 with input as lying("m/code/inference.py", "inference.py")
	count(code_file.warn) == 1 with input as lying("m!code/inference.py", "inference.py")
	every path in ["m/inference.py", "m/src/inference.py", "m/src/code/inference.py"] {
		count(code_file.warn) == 0 with input as lying(path, "inference.py")
	}
}

test_a_package_or_byte_code_is_imported_too if {
	count(code_file.warn) == 1 with input as lying("m/code/inference/__init__.py", "__init__.py")
	count(code_file.warn) == 1 with input as lying("m/code/inference.pyc", "inference.pyc")
	every path in ["m/code/inference/x/__init__.py", "m/inference/__init__.py", "m/hubconf/__init__.py"] {
		count(code_file.warn) == 0 with input as lying(path, "__init__.py")
	}
	some one in code_file.warn with input as lying("m/code/inference/__init__.py", "__init__.py")
	startswith(one["with"].what, "`inference/__init__.py`")
}

test_the_dot_that_tar_writes_is_no_folder if {
	count(code_file.warn) == 1 with input as lying("m!./code/inference.py", "inference.py")
	count(code_file.warn) == 1 with input as lying("m!./handler.py", "handler.py")
}

test_a_slash_behind_the_name_of_a_folder_changes_nothing if {
	count(code_file.warn) == 1 with input as fixture.inside({"path": "m/"}, {"path": "m/handler.py", "name": "handler.py", "origin": "file"})
	count(code_file.warn) == 1 with input as fixture.inside({"path": "./"}, {"path": "./handler.py", "name": "handler.py", "origin": "file"})
}

beside(path, name, other) := object.union(facts, {"members": array.concat(facts.members, [fixture.lying(2, 0, other, last(other))])}) if {
	facts := lying(path, name)
}

last(path) := parts[count(parts) - 1] if parts := split(path, "/")

test_a_common_name_warns_beside_what_tells_of_its_loader if {
	count(code_file.warn) == 1 with input as beside("m/model.py", "model.py", "m/serving.properties")
	count(code_file.warn) == 1 with input as beside("m/score.py", "score.py", "m/runtime.yaml")
	count(code_file.warn) == 1 with input as beside("m/pipeline.py", "pipeline.py", "m/model_index.json")
	count(code_file.warn) == 0 with input as beside("m/model.py", "model.py", "m/sub/serving.properties")
	count(code_file.warn) == 0 with input as beside("m/src/model.py", "model.py", "m/src/serving.properties")
	every name in ["model.py", "predict.py", "run.py", "service.py", "score.py", "pipeline.py"] {
		count(code_file.warn) == 0 with input as lying(concat("", ["m/", name]), name)
	}
}

# One model of Triton, and no model of DJL Serving.
test_the_code_of_a_version_is_told_once if {
	facts := beside("m/1/model.py", "model.py", "m/1/serving.properties")
	count(code_file.warn) == 1 with input as facts
	some one in code_file.warn with input as facts
	one["with"].loader == "Triton"
}

test_tests_are_silent if {
	every path in ["m/conftest.py", "m/tests/conftest.py"] {
		count(code_file.deny | code_file.warn) == 0 with input as lying(path, "conftest.py")
	}
}

test_the_code_of_a_version_warns if {
	every path in ["m/1/model.py", "m.zip!12/model.py"] {
		count(code_file.warn) == 1 with input as fixture.one({"name": "model.py", "path": path, "origin": "file"})
	}
	every path in ["m/model.py", "m/v1/model.py"] {
		count(code_file.warn) == 0 with input as fixture.one({"name": "model.py", "path": path, "origin": "file"})
	}
}
