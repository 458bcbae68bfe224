package weighbridge.provenance.weak_time_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.weak_time

asked := [object.union(fixture.signers([{"fingerprint": "aa"}])[0], {"timed": true})]

test_a_time_that_nothing_proves_fires if {
	found := weak_time.deny with input as fixture.signed({}) with data.signers as asked
	found == {{"at": 0, "offset": null, "with": {"signature": "models/one/model.sig", "signer": "key sha256:aa"}}}
}

test_a_proven_time_is_silent if {
	count(weak_time.deny) == 0 with input as fixture.signed(object.union(fixture.by_identity, {"key": "aa"})) with data.signers as asked
}

test_where_nobody_asks_it_is_silent if {
	count(weak_time.deny) == 0 with input as fixture.signed({}) with data.signers as fixture.signers([{"fingerprint": "aa"}])
}
