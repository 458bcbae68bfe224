package weighbridge.template.unknown_name_test

import data.weighbridge.template.unknown_name
import data.weighbridge.lib.fixture

asking(differs) := fixture.template({"accesses": [object.union(fixture.access(null, "item"), differs)]})

test_a_name_that_is_made_fires if {
	count(unknown_name.deny) == 1 with input as asking({"built": true, "roots": ["messages"]})
}

test_a_name_from_a_setting_fires if {
	count(unknown_name.deny) == 1 with input as asking({"roots": ["bos_token"]})
}

test_a_name_from_the_conversation_is_silent if {
	count(unknown_name.deny) == 0 with input as asking({"roots": ["messages", "tools"]})
}

test_a_name_that_stands_there_is_silent if {
	count(unknown_name.deny) == 0 with input as asking({"name": "role", "built": true})
}

test_an_object_of_the_renderer_that_is_asked_for_a_name_from_the_conversation_fires if {
	every name in ["lipsum", "cycler", "macro", "self"] {
		count(unknown_name.deny) == 1 with input as asking({"roots": ["messages"], "of": [name]})
	}
	count(unknown_name.deny) == 0 with input as asking({"roots": ["messages"], "of": ["messages"]})
}
