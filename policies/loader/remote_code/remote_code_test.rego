package weighbridge.loader.remote_code_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.remote_code

named(by, target) := fixture.reference({
	"format": "json", "kind": "global", "by": by, "name": null, "target": target, "leads": "inside", "to": 0,
})

test_code_behind_the_switch_warns if {
	count(remote_code.warn) == 1 with input as named("auto_map", "modeling_x.XModel")
	count(remote_code.warn) == 1 with input as named("custom_pipelines", "pairs.PairPipeline")
	count(remote_code.warn) == 1 with input as named("parent_library", "transformers_modules.a.b.modeling_c")
}

test_others_are_silent if {
	count(remote_code.warn) == 0 with input as named("parent_library", "transformers.models.llama")
	count(remote_code.warn) == 0 with input as named("auto_map", "a/b--modeling_x.XModel")
	count(remote_code.warn) == 0 with input as named("type", "modeling_x.XModel")
}

test_allowed_code_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("modeling_x.XModel", ["call"])])}}
	count(remote_code.warn) == 0 with input as named("auto_map", "modeling_x.XModel") with data.allow as list
}
