package weighbridge.container.encrypted_test

import data.weighbridge.container.encrypted
import data.weighbridge.lib.fixture

test_what_was_not_read_is_denied if {
	count(encrypted.deny) == 1 with input as fixture.incomplete("encrypted", {})
}

test_an_encrypted_entry_is_denied if {
	count(encrypted.deny) == 1 with input as fixture.deviation("zip", "encrypted")
}

test_plain_content_is_silent if {
	count(encrypted.deny) == 0 with input as fixture.deviation("zip", "gap")
	count(encrypted.deny) == 0 with input as fixture.incomplete("limit", {})
}
