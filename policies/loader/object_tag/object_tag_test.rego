package weighbridge.loader.object_tag_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.object_tag

named(by, target) := fixture.reference({"format": "yaml", "kind": "global", "by": by, "target": target, "leads": "lookup"})

test_objects_fire if {
	every by in ["python/object/apply", "python/object/new", "python/object", "python/name", "py/function", "py/object", "!ruby/object"] {
		count(object_tag.deny) == 1 with input as named(by, "os.system")
	}
	count(object_tag.deny) == 1 with input as named("tag", "javax.script.ScriptEngineManager")
	count(object_tag.deny) == 1 with input as named("python/object/apply", "torch.nn.modules.activation.Tanh")
}

test_data_is_silent if {
	count(object_tag.deny) == 0 with input as named("python/name", "torch.nn.modules.activation.Tanh")
	count(object_tag.deny) == 0 with input as named("py/object", "builtins.slice")
	count(object_tag.deny) == 0 with input as named("_target_", "os.system")
}

test_a_container_is_silent if {
	count(object_tag.deny) == 0 with input as named("python/object/apply", "collections.OrderedDict")
	count(object_tag.deny) == 1 with input as named("python/object/apply", "collections.namedtuple")
	count(object_tag.deny) == 1 with input as named("python/object/apply", "builtins.bytearray")
}

# `state: {extend: !!python/name:CLASS}` and `listitems` call the class.
test_a_class_that_reaches_out_is_denied if {
	every by in ["python/name", "py/type", "py/object"] {
		count(object_tag.deny) == 0 with input as named(by, "sklearn.svm._classes.SVC")
		count(object_tag.deny) == 1 with input as named(by, "gensim.models.word2vec.Word2Vec")
	}
	count(object_tag.deny) == 1 with input as named("python/object/apply", "lightgbm.basic.Booster")
}

test_an_allowed_class_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("mine.State", ["call"])])}}
	count(object_tag.deny) == 0 with input as named("py/object", "mine.State") with data.allow as list
}

# An entry is offered only for what is not known to be dangerous; the owner may write one all the same.
test_what_is_dangerous_is_offered_no_entry if {
	some dangerous in object_tag.deny with input as named("python/object/apply", "os.system")
	dangerous["with"].allow == null
	startswith(dangerous["with"].remedy, "Do not load this file")
	contains(dangerous["with"].danger, "program")
	some other in object_tag.deny with input as named("python/object/apply", "mine.State")
	other["with"].allow.global == "mine.State"
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("os.system", ["call"])])}}
	count(object_tag.deny) == 0 with input as named("python/object/apply", "os.system") with data.allow as list
}

test_what_is_no_whole_name_is_offered_no_entry if {
	some found in object_tag.deny with input as named("python/object/apply", "State")
	found["with"].allow == null
	contains(found["with"].remedy, "by a waiver")
}

test_names_of_java_and_ruby_are_offered_no_entry if {
	some java in object_tag.deny with input as named("tag", "javax.script.ScriptEngineManager")
	java["with"].allow == null
	some ruby in object_tag.deny with input as named("!ruby/object", "Gem::Installer")
	ruby["with"].allow == null
	not contains(ruby["with"].remedy, "entry")
}
