package weighbridge.provenance.wrong_identity_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.wrong_identity

owner := {"identity": "https://example.org/gate", "issuer": "https://issuer.example.org", "root": "public"}

found(signers) := findings if {
	findings := wrong_identity.deny with input as fixture.signed(fixture.by_identity) with data.signers as fixture.signers(signers)
}

test_another_identity_fires if {
	some finding in found([object.union(owner, {"identity": "https://example.org/other"})])
	finding["with"] == {"signature": "models/one/model.sig", "signer": "https://example.org/gate", "expected": "https://example.org/other"}
}

test_the_one_that_is_named_is_silent if {
	count(found([owner])) == 0
}

test_a_pattern_holds_for_the_whole if {
	pattern := {"identity": null, "pattern": "^(?:https://example\\.org/ga.*)$"}
	count(found([object.union(owner, pattern)])) == 0
	count(found([object.union(owner, object.union(pattern, {"pattern": "^(?:https://example\\.org/ga)$"}))])) == 1
}
