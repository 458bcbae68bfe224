package weighbridge.serialization.unlisted_extension_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.unlisted_extension

test_another_type_of_messagepack_fires if {
	count(unlisted_extension.deny) == 1 with input as fixture.serialized({"format": "msgpack", "kind": "extension", "name": "42"})
}

test_another_type_of_arrow_is_warned_of if {
	facts := fixture.serialized({"format": "arrow", "kind": "extension", "name": "mine.type"})
	count(unlisted_extension.deny) == 0 with input as facts
	count(unlisted_extension.warn) == 1 with input as facts
}

test_listed_types_are_silent if {
	count(unlisted_extension.deny) == 0 with input as fixture.serialized({"format": "msgpack", "kind": "extension", "name": "1"})
	count(unlisted_extension.warn) == 0 with input as fixture.serialized({"format": "arrow", "kind": "extension", "name": "arrow.uuid"})
	count(unlisted_extension.warn) == 0 with input as fixture.serialized({"format": "arrow", "kind": "extension", "name": "arrow.py_extension_type"})
}

test_a_number_is_offered_no_entry if {
	some denied in unlisted_extension.deny with input as fixture.serialized({"format": "msgpack", "kind": "extension", "name": "42"})
	denied["with"].allow == null
	contains(denied["with"].remedy, "by a waiver")
	some warned in unlisted_extension.warn with input as fixture.serialized({"format": "arrow", "kind": "extension", "name": "mine.type"})
	warned["with"].allow.global == "mine.type"
}
