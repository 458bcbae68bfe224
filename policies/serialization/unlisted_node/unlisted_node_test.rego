package weighbridge.serialization.unlisted_node_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.unlisted_node

node(loader, kind, module, name) := fixture.serialized({
	"format": "skops", "loader": loader, "kind": kind, "module": module, "name": sprintf("%s.%s", [module, name]), "count": 2,
})

test_other_names_fire if {
	count(unlisted_node.deny) == 1 with input as node("FunctionNode", "function", "posix", "system")
	count(unlisted_node.deny) == 1 with input as node("OperatorFuncNode", "function", "operator", "methodcaller")
	count(unlisted_node.deny) == 1 with input as node("ObjectNode", "class", "mine", "Model")
}

test_a_listed_class_is_not_called if {
	count(unlisted_node.deny) == 1 with input as node("ConstructorFromReduceNode", "class", "sklearn.svm._classes", "SVC")
	count(unlisted_node.deny) == 1 with input as node("NewNode", "class", "sklearn.svm._classes", "SVC")
}

test_listed_names_are_silent if {
	count(unlisted_node.deny) == 0 with input as node("ObjectNode", "class", "sklearn.svm._classes", "SVC")
	count(unlisted_node.deny) == 0 with input as node("FunctionNode", "function", "numpy", "log1p")
	count(unlisted_node.deny) == 0 with input as node("JsonNode", "class", "builtins", "str")
	count(unlisted_node.deny) == 0 with input as node("TreeNode", "class", "sklearn.tree._tree", "Tree")
}

test_a_class_of_the_pickle_lists_is_made_without_its_constructor if {
	lists := {"one": {"library": "one", "classes": {"mine": ["Model"]}, "entries": {}}}
	count(unlisted_node.deny) == 0 with input as node("ObjectNode", "class", "mine", "Model") with data.allow as lists
	count(unlisted_node.deny) == 1 with input as node("PartialNode", "class", "mine", "Model") with data.allow as lists
}

test_what_a_pickle_may_pass_on_may_be_looked_up if {
	entries := fixture.by_global([fixture.entry("mine.scale", ["reference"])])
	lists := {"one": {"library": "one", "classes": {}, "entries": entries}}
	count(unlisted_node.deny) == 0 with input as node("FunctionNode", "function", "mine", "scale") with data.allow as lists
	count(unlisted_node.deny) == 1 with input as node("ObjectNode", "class", "mine", "scale") with data.allow as lists
}

test_an_allowed_name_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("mine.scale", ["call"])])}}
	count(unlisted_node.deny) == 0 with input as node("FunctionNode", "function", "mine", "scale") with data.allow as list
}

# An entry is offered only for what is not known to be dangerous; the owner may write one all the same.
test_what_is_dangerous_is_offered_no_entry if {
	some dangerous in unlisted_node.deny with input as node("FunctionNode", "function", "posix", "system")
	dangerous["with"].allow == null
	startswith(dangerous["with"].remedy, "Do not load this file")
	some other in unlisted_node.deny with input as node("ObjectNode", "class", "mine", "Model")
	other["with"].allow.global == "mine.Model"
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("posix.system", ["call"])])}}
	count(unlisted_node.deny) == 0 with input as node("FunctionNode", "function", "posix", "system") with data.allow as list
}
