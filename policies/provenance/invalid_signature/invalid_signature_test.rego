package weighbridge.provenance.invalid_signature_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.invalid_signature

test_a_broken_signature_fires_whoever_is_to_sign if {
	found := invalid_signature.deny with input as fixture.signed(fixture.refusing("file-changed", "not what was signed: a.bin"))
	found == {{"at": 0, "offset": null, "with": {"signature": "models/one/model.sig", "why": "not what was signed: a.bin"}}}
}

test_a_signature_that_holds_is_silent if {
	count(invalid_signature.deny) == 0 with input as fixture.signed({})
}

test_a_signer_that_is_not_known_breaks_nothing if {
	count(invalid_signature.deny) == 0 with input as fixture.signed(fixture.refusing("signer-unknown", "no key is known"))
}
