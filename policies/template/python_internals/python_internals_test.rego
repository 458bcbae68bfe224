package weighbridge.template.python_internals_test

import data.weighbridge.template.python_internals
import data.weighbridge.lib.fixture

fires(accesses, underscored) if {
	facts := fixture.template({"accesses": accesses, "underscored": underscored})
	count(python_internals.deny) == 1 with input as facts
}

silent(accesses, underscored) if {
	facts := fixture.template({"accesses": accesses, "underscored": underscored})
	count(python_internals.deny) == 0 with input as facts
}

test_a_special_name_fires if {
	fires([fixture.access("__globals__", "attribute")], [])
	fires([fixture.access("__globals__", "item")], ["__globals__"])
	fires([fixture.access("_module", "filter")], [])
}

test_a_name_that_is_put_together_says_so if {
	access := object.union(fixture.access("__class__", "item"), {"built": true})
	facts := fixture.template({"accesses": [access]})
	some finding in python_internals.deny with input as facts
	endswith(finding.with.what, "a name that it puts together")
}

test_a_frame_fires if fires([fixture.access("gi_frame", "attribute")], [])

test_a_special_name_in_a_text_fires if {
	fires([], ["{0.__class__.__init__}"])
	fires([], ["__anything__"])
}

test_the_template_of_a_file_has_no_key if {
	facts := fixture.template({"key": null, "accesses": [fixture.access("__globals__", "attribute")]})
	some finding in python_internals.deny with input as facts
	startswith(finding.with.what, "The template, line 3: ")
}

test_one_of_several_is_named if {
	facts := fixture.template({"name": "tool_use", "accesses": [fixture.access("__globals__", "attribute")]})
	some finding in python_internals.deny with input as facts
	startswith(finding.with.what, "The template `tool_use` at `tokenizer.chat_template`, line 3: ")
}

test_a_name_that_is_not_known_is_told_elsewhere if silent([fixture.access(null, "attribute")], [])

test_ordinary_names_are_silent if {
	silent([fixture.access("content", "attribute"), fixture.access("_key", "item")], ["__ bold __ text", "_private"])
}
