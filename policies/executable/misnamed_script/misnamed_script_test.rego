package weighbridge.executable.misnamed_script_test

import data.weighbridge.executable.misnamed_script
import data.weighbridge.lib.fixture

test_a_script_named_as_weights_is_denied if {
	count(misnamed_script.deny) == 1 with input as fixture.one({"formats": ["text", "script"], "promised": ["safetensors"]})
}

test_a_script_without_a_promise_is_warned_of if {
	facts := fixture.one({"formats": ["text", "script"], "promised": []})
	count(misnamed_script.deny) == 0 with input as facts
	count(misnamed_script.warn) == 1 with input as facts
}

test_a_script_under_its_own_name_is_silent if {
	facts := fixture.one({"formats": ["text", "script"], "promised": ["script", "text"]})
	count(misnamed_script.deny | misnamed_script.warn) == 0 with input as facts
}

test_text_is_silent if {
	facts := fixture.one({"formats": ["text"], "promised": ["text"]})
	count(misnamed_script.deny | misnamed_script.warn) == 0 with input as facts
}
