package weighbridge.loader.other_repository_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.other_repository

named(by, target) := fixture.reference({"format": "json", "kind": "global", "by": by, "target": target, "leads": "lookup"})

test_another_repository_fires if {
	count(other_repository.deny) == 1 with input as named("auto_map", "a/b--modeling_x.XModel")
	count(other_repository.deny) == 1 with input as named("type", "a/b--custom.Transformer")
}

test_this_repository_is_silent if {
	count(other_repository.deny) == 0 with input as named("auto_map", "modeling_x.XModel")
	count(other_repository.deny) == 0 with input as named("python/name", "a--b")
}

test_an_allowed_one_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("a/b--modeling_x.XModel", ["call"])])}}
	count(other_repository.deny) == 0 with input as named("auto_map", "a/b--modeling_x.XModel") with data.allow as list
}
