package weighbridge.core.deceptive_name_test

import data.weighbridge.core.deceptive_name
import data.weighbridge.lib.fixture

test_a_control_character_is_denied if {
	count(deceptive_name.deny) == 1 with input as fixture.one({"name": `gpj.\u{202e}exe`})
}

test_a_name_that_is_not_utf8_is_warned_of if {
	facts := fixture.one({"name": `caf\xe9.txt`})
	count(deceptive_name.deny) == 0 with input as facts
	count(deceptive_name.warn) == 1 with input as facts
}

test_a_name_without_a_member_is_denied if {
	count(deceptive_name.deny) == 1 with input as fixture.deviation("zip", "deceptive-name")
}

test_plain_names_are_silent if {
	facts := fixture.one({"name": "größe 重み.pt"})
	count(deceptive_name.deny | deceptive_name.warn) == 0 with input as facts
}
