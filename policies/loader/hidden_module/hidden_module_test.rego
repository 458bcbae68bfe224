package weighbridge.loader.hidden_module_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.hidden_module

reference(by, kind, target) := {
	"member": 1, "format": "yaml", "kind": kind, "by": by, "name": null, "target": target, "leads": "lookup", "to": null, "offset": null, "count": 1,
}

model(config, name, target, kind, by) := object.union(fixture.base, {
	"members": [
		fixture.lying(0, null, "m", "m"), fixture.lying(1, 0, concat("/", ["m", config]), config),
		fixture.lying(2, 0, concat("/", ["m", name]), "x.py"),
	],
	"references": [reference(by, kind, target)],
})

mlflow(name) := mlflow_with("./code/", name)

mlflow_with(folder, name) := model("MLmodel", name, folder, "file", "code")

mlserver(name) := model("model-settings.json", name, "mlserver_sklearn.SKLearnModel", "global", "implementation")

denied(facts) := found if found := count(hidden_module.deny) with input as facts

test_a_module_in_front_of_a_library_denies if {
	every name in ["code/joblib.py", "code/sklearn/__init__.py", "code/torch/__init__.pyc", "code/numpy.cpython-311-x86_64-linux-gnu.so"] {
		denied(mlflow(name)) == 1
	}
	denied(mlserver("joblib.py")) == 1
	denied(mlserver("mlserver_sklearn/__init__.py")) == 1
}

test_the_folder_may_be_written_in_any_way if {
	every folder in ["code", "code//", "lib/../code", "a/b/../../code/.", "../m/code", "x/.././code"] {
		denied(mlflow_with(folder, "code/joblib.py")) == 1
	}
	# An artifact that is named `.`, and one in the working folder.
	every path in ["./", ""] {
		facts := mlflow_with("x/../code", "code/joblib.py")
		here := object.union(facts, {"members": [
			facts.members[0], object.union(facts.members[1], {"path": concat("", [path, "MLmodel"])}),
			object.union(facts.members[2], {"path": concat("", [path, "code/joblib.py"])}),
		]})
		denied(here) == 1
	}
	every folder in ["lib/code", "code/..", "../code", "code/lib"] {
		denied(mlflow_with(folder, "code/joblib.py")) == 0
	}
}

test_modules_of_its_own_are_silent if {
	every name in [
		"code/mine.py", "code/mine/joblib.py", "code/sklearn/data.txt", "code/sklearn.txt", "sklearn.py", "code/sklearn/inner/__init__.py",
	] {
		denied(mlflow(name)) == 0
	}
	denied(mlserver("model.joblib")) == 0
	denied(mlserver("code/joblib.py")) == 0
}
