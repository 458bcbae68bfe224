package weighbridge.provenance.wrong_issuer_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.wrong_issuer

owner := {"identity": "https://example.org/gate", "issuer": "https://issuer.example.org", "root": "public"}

found(signers) := findings if {
	findings := wrong_issuer.deny with input as fixture.signed(fixture.by_identity) with data.signers as fixture.signers(signers)
}

test_another_issuer_fires if {
	some finding in found([object.union(owner, {"issuer": "https://other.example.org"})])
	finding["with"] == {"signature": "models/one/model.sig", "signer": "https://example.org/gate", "issuer": "https://issuer.example.org"}
}

test_the_one_that_is_named_is_silent if {
	count(found([owner])) == 0
}
