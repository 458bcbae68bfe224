package weighbridge.provenance.expired_signer_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.expired_signer

found(differs, days) := findings if {
	findings := expired_signer.deny with input as fixture.signed(differs)
		with data.signers as fixture.signers([object.union({"fingerprint": "aa"}, days)])
}

test_a_signer_whose_time_is_over_fires if {
	some finding in found({}, {"until": "2025-12-31T00:00:00Z"})
	finding["with"] == {"signature": "models/one/model.sig", "signer": "key sha256:aa", "moment": "2026-01-01T00:00:00Z"}
}

test_a_signer_whose_time_has_not_begun_fires if {
	count(found({}, {"from": "2026-01-02T00:00:00Z"})) == 1
}

test_a_signer_in_its_time_is_silent if {
	count(found({}, {"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"})) == 0
}

test_a_proven_time_is_what_counts if {
	count(found(object.union(fixture.by_identity, {"key": "aa"}), {"until": "2025-12-31T00:00:00Z"})) == 0
	count(found(object.union(fixture.by_identity, {"key": "aa"}), {"until": "2025-11-30T00:00:00Z"})) == 1
}

test_the_next_key_is_enough if {
	count(expired_signer.deny) == 0 with input as fixture.signed({})
		with data.signers as fixture.signers([{"fingerprint": "aa", "until": "2025-12-31T00:00:00Z"}, {"fingerprint": "aa"}])
}
