package weighbridge.provenance.unread_signature_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.unread_signature

test_what_is_no_bundle_is_told if {
	found := unread_signature.warn with input as fixture.signed(fixture.refusing("bundle-malformed", "not JSON"))
	found == {{"at": 0, "offset": null, "with": {"signature": "models/one/model.sig", "why": "not JSON"}}}
}

test_a_signature_that_is_read_is_silent if {
	count(unread_signature.warn) == 0 with input as fixture.signed({})
}
