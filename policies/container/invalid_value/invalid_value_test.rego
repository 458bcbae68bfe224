package weighbridge.container.invalid_value_test

import data.weighbridge.container.invalid_value
import data.weighbridge.lib.fixture

test_fires if {
	count(invalid_value.deny) == 1 with input as fixture.deviation("zip", "invalid-value")
}

test_another_deviation_is_silent if {
	count(invalid_value.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(invalid_value.deny) == 0 with input as fixture.deviation("safetensors", "invalid-value")
}

test_an_open_range_of_an_exported_program_is_silent if {
	seen := fixture.deviant("json", "invalid-value", {"found": "NaN or Infinity"})
	facts := object.union(seen, {"members": fixture.one({"formats": ["json", "exported-program"]}).members})
	count(invalid_value.deny) == 0 with input as facts
	count(invalid_value.deny) == 1 with input as seen
}

test_what_xml_declares_is_told_so if {
	said("pmml", {"field": "document type", "found": "PMML PUBLIC"}) == "The document declares a document type, which a reader may fetch or expand"
	said("pmml", {"field": "entity", "found": "a0"}) == "The document declares the entity `a0`, which a reader may fetch or expand"
	startswith(said("json", {"name": null, "field": null, "found": "NaN or Infinity"}), "A value of the json content is not valid: ")
	startswith(said("zip", {}), "A header is not valid: ")
}

said(format, differs) := found["with"].said if {
	some found in invalid_value.deny with input as fixture.deviant(format, "invalid-value", differs)
}
