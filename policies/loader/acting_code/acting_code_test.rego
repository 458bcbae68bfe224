package weighbridge.loader.acting_code_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.acting_code

# A configuration that names the class of a file, which imports another one.
model(modeling, helper) := object.union(fixture.base, {
	"members": [
		fixture.lying(0, null, "m", "m"), fixture.lying(1, 0, "m/config.json", "config.json"),
		fixture.lying(2, 0, "m/modeling_x.py", "modeling_x.py"), fixture.lying(3, 0, "m/helper.py", "helper.py"),
	],
	"references": [auto_map],
	"code": [object.union(fixture.source, object.union({"member": 2}, modeling)), object.union(fixture.source, object.union({"member": 3}, helper))],
})

auto_map := {
	"member": 1, "format": "json", "kind": "global", "by": "auto_map", "name": "auto_map.AutoModel", "target": "modeling_x.XModel",
	"leads": "inside", "to": 2, "offset": 7, "count": 1,
}

called_in(function) := object.union(fixture.code_call, {"runs": "called", "functions": [function], "within": function})

named(name, differs) := object.union(fixture.code_call, object.union({"name": name}, differs))

found(facts) := {finding.at | some finding in findings} if {
	findings := acting_code.deny with input as facts
}

test_what_stands_at_the_top_denies if {
	found(model({"calls": [fixture.code_call]}, {})) == {2}
}

test_what_runs_later_is_silent if {
	found(model({"calls": [called_in("XModel.forward")], "definitions": [class("XModel", [])]}, {})) == set()
	found(model({}, {"calls": [fixture.code_call]})) == set()
	found(model({"imports": [object.union(imported("helper", null), {"runs": "never"})]}, {"calls": [fixture.code_call]})) == set()
}

test_what_the_loader_calls_denies if {
	made := {"calls": [called_in("setup")], "definitions": [class("XModel", []), method("XModel.__init__", ["setup"]), method("setup", [])]}
	found(model(made, {})) == {2}
	found(model({"calls": [called_in("XModel")], "definitions": [method("XModel", [])]}, {})) == {2}
}

test_a_constructor_may_load_what_is_judged_by_itself if {
	made := {"calls": [object.union(called_in("XModel.__init__"), {"name": "pickle.load"})], "definitions": [class("XModel", []), method("XModel.__init__", [])]}
	found(model(made, {})) == set()
	count(acting_code.warn) == 1 with input as model(made, {})
	found(model({"calls": [named("pickle.load", {})]}, {})) == {2}
}

test_a_file_that_serves_may_load_what_is_judged_by_itself if {
	top := {"calls": [named("joblib.load", {"texts": ["model.joblib"]})]}
	found(at_place("m/code/inference.py", "inference.py", top)) == set()
	count(acting_code.warn) == 1 with input as at_place("m/code/inference.py", "inference.py", top)
	found(at_place("m/hubconf.py", "hubconf.py", top)) == {2}
}

# `pickle.loads(b"cos\nsystem\n...")`, and the same through `io.BytesIO`.
test_a_serialization_in_the_code_denies if {
	made := {"runs": "called", "functions": ["XModel.__init__"]}
	definitions := {"definitions": [class("XModel", []), method("XModel.__init__", [])]}
	every texts, denied in {[`cos\nsystem\n`]: {2}, ["latin1"]: set()} {
		found(model(object.union(definitions, {"calls": [named("pickle.loads", object.union(made, {"texts": texts}))]}), {})) == denied
	}
	load := named("pickle.load", object.union(made, {"from": ["io.BytesIO"]}))
	every texts, denied in {[`\x80`]: {2}, []: set()} {
		found(model(object.union(definitions, {"calls": [load, named("io.BytesIO", object.union(made, {"texts": texts}))]}), {})) == denied
	}
}

test_an_import_leads_on if {
	found(model({"imports": [imported(".helper", "run")]}, {"calls": [fixture.code_call]})) == {3}
	found(model({"imports": [imported("helper", null)]}, {"calls": [fixture.code_call]})) == {3}
}

test_a_call_leads_into_another_file if {
	helper := {"calls": [called_in("run")], "definitions": [method("run", [])]}
	found(model({"imports": [imported(".helper", "run")], "calls": [named(".helper.run", {})]}, helper)) == {3}
	found(model({"imports": [imported(".", "helper")], "calls": [named(".helper.run", {})]}, helper)) == {3}
	found(model({"imports": [imported(".helper", "run")], "calls": [named("builtins.map", {"passes": [".helper.run"]})]}, helper)) == {3}
	found(model({"imports": [imported(".helper", "run")], "calls": [named(".helper.*", {})]}, helper)) == {3}
	found(model({"imports": [imported(".helper", "run")], "calls": [named(".helper.other", {})]}, helper)) == set()
}

test_a_class_of_another_file_is_followed if {
	helper := {"calls": [called_in("Base.__init__")], "definitions": [class("Base", []), method("Base.__init__", [])]}
	found(model({"imports": [imported(".helper", "Base")], "definitions": [class("XModel", [".helper.Base"])]}, helper)) == {3}
	made := {"calls": [named(".helper.Base", {"runs": "called", "functions": ["XModel.__init__"]})], "imports": [imported(".helper", "Base")]}
	found(model(object.union(made, {"definitions": [class("XModel", []), method("XModel.__init__", [])]}), helper)) == {3}
	hook := {"calls": [called_in("Base.__init_subclass__")], "definitions": [class("Base", []), method("Base.__init_subclass__", [])]}
	found(model({"imports": [imported(".helper", "Base")], "definitions": [class("Other", [".helper.Base"])]}, hook)) == {3}
}

test_a_name_can_be_handed_on if {
	again := {"imports": [object.union(imported(".helper", "go"), {"bound": "run", "to": [4]})]}
	last := object.union(fixture.source, {"member": 4, "calls": [called_in("go")], "definitions": [method("go", [])]})
	facts := model({"imports": [imported(".helper", "run")], "calls": [named(".helper.run", {})]}, again)
	deeper := object.union(facts, {
		"members": array.concat(facts.members, [fixture.lying(4, 0, "m/last.py", "last.py")]),
		"code": array.concat(facts.code, [last]),
	})
	found(deeper) == {4}
	star := object.union(deeper, {"code": [deeper.code[0], object.union(deeper.code[1], {"imports": [object.union(imported(".helper", "*"), {"to": [4]})]}), named_run(last)]})
	found(star) == {4}
}

named_run(source) := object.union(source, {"calls": [called_in("run")], "definitions": [method("run", [])]})

test_a_text_that_is_run_leads_on if {
	facts := model({}, {"calls": [fixture.code_call]})
	inner := object.union(fixture.lying(3, 2, "m/modeling_x.py!line 1@exec", "line 1@exec"), {"origin": "value"})
	found(object.union(facts, {"members": array.concat(array.slice(facts.members, 0, 3), [inner])})) == {3}
}

test_byte_code_beside_a_source_leads_on if {
	facts := model({}, {"form": "bytecode", "calls": [fixture.code_call]})
	kept := fixture.lying(3, 0, "m/__pycache__/modeling_x.cpython-313.pyc", "modeling_x.cpython-313.pyc")
	found(object.union(facts, {"members": array.concat(array.slice(facts.members, 0, 3), [kept])})) == {3}
	other := fixture.lying(3, 0, "m/__pycache__/other.cpython-313.pyc", "other.cpython-313.pyc")
	found(object.union(facts, {"members": array.concat(array.slice(facts.members, 0, 3), [other])})) == set()
}

test_all_of_byte_code_counts_as_run if {
	found(model({"form": "bytecode", "calls": [called_in("anything")]}, {})) == {2}
	found(model({"calls": [called_in("anything")]}, {})) == set()
}

test_more_functions_than_are_listed_are_all if {
	many := [concat("", ["f", format_int(n, 10)]) | some n in numbers.range(1, 32)]
	found(model({"calls": [object.union(called_in("f1"), {"functions": many, "complete": false})]}, {})) == {2}
	found(model({"calls": [object.union(called_in("f1"), {"functions": many})]}, {})) == set()
}

at_place(path, name, modeling) := object.union(facts, {"references": [], "members": [
	facts.members[0], facts.members[1], fixture.lying(2, 0, path, name), facts.members[3],
]}) if {
	facts := model(modeling, {})
}

making(name) := {"calls": [called_in(name)], "definitions": [class(split(name, ".")[0], []), method(name, [])]}

test_files_that_loaders_look_for_lead_on if {
	found(at_place("m/handler.py", "handler.py", making("EndpointHandler.__init__"))) == {2}
	found(at_place("m/hubconf.py", "hubconf.py", making("anything.at_all"))) == {2}
	found(at_place("m/src/handler.py", "handler.py", making("EndpointHandler.__init__"))) == set()
}

test_a_container_calls_what_makes_the_model if {
	found(at_place("m/code/inference.py", "inference.py", {"calls": [fixture.code_call]})) == {2}
	found(at_place("m/code/inference.py", "inference.py", function("model_fn"))) == {2}
	found(at_place("m/code/inference.py", "inference.py", function("predict_fn"))) == set()
	found(at_place("m/inference.py", "inference.py", {"calls": [fixture.code_call]})) == set()
	found(at_place("m/code/inference/__init__.py", "__init__.py", function("model_fn"))) == {2}
}

function(name) := {"calls": [called_in(name)], "definitions": [method(name, [])]}

beside(facts, path) := object.union(facts, {"members": array.concat(facts.members, [fixture.lying(4, 0, path, trim_prefix(path, "m/"))])})

test_servers_call_what_starts_the_model if {
	djl := at_place("m/model.py", "model.py", function("handle"))
	found(djl) == set()
	found(beside(djl, "m/serving.properties")) == {2}
	found(led("cog.predict", making("Predictor.setup"))) == {2}
	found(led("cog.predict", making("Predictor.predict"))) == set()
	found(led("bentofile.service", making("Service.__init__"))) == {2}
	found(led("cog.predict", {"calls": [named("joblib.load", {})]})) == set()
}

led(by, modeling) := object.union(model(modeling, {}), {"references": [object.union(
	auto_map,
	{"format": "yaml", "kind": "module", "by": by, "name": by, "target": "modeling_x.py:X"},
)]})

test_tests_are_judged_by_what_they_do if {
	every path in ["m/conftest.py", "m/deep/down/conftest.py"] {
		found(at_place(path, "conftest.py", {"calls": [fixture.code_call]})) == {2}
	}
	found(at_place("m/conftest.py", "conftest.py", function("pytest_configure"))) == {2}
	found(at_place("m/conftest.py", "conftest.py", function("server"))) == set()
}

test_settings_that_are_python_are_run if {
	found(at_place("m/ipython_config.py", "ipython_config.py", {"calls": [fixture.code_call]})) == {2}
	found(at_place("m/docs/ipython_config.py", "ipython_config.py", {"calls": [fixture.code_call]})) == set()
}

test_a_model_of_triton_is_made if {
	found(at_place("m/1/model.py", "model.py", making("TritonPythonModel.initialize"))) == {2}
	found(at_place("m/1/other.py", "other.py", making("TritonPythonModel.initialize"))) == set()
	found(at_place("m/src/model.py", "model.py", making("TritonPythonModel.initialize"))) == set()
	other := at_place("m/1/other.py", "other.py", making("TritonPythonModel.initialize"))
	named_so := object.union(auto_map, {"format": "triton-config", "kind": "file", "by": "default_model_filename", "target": "other.py", "to": null})
	found(object.union(other, {"references": [named_so]})) == {2}
}

class(name, bases) := {"name": name, "class": true, "bases": bases, "decorators": [], "reached": false, "uses": [], "line": 1}

method(name, uses) := object.union(class(name, []), {"class": false, "uses": uses})

imported(module, name) := {
	"module": module, "name": name, "bound": null, "to": [3], "place": "module", "runs": "import", "line": 1, "count": 1,
}

test_what_leads_to_the_file_is_told if {
	some named_alone in acting_code.deny with input as at_place("m/hubconf.py", "hubconf.py", {"calls": [fixture.code_call]})
	named_alone["with"].leading == "This file is run by its name"
	some configured in acting_code.deny with input as model({"calls": [fixture.code_call]}, {})
	configured["with"].leading == "`auto_map.AutoModel` of `config.json` leads here"
}
