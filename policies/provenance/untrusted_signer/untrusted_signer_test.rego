package weighbridge.provenance.untrusted_signer_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.untrusted_signer

found(differs, signers) := findings if {
	findings := untrusted_signer.deny with input as fixture.signed(differs) with data.signers as fixture.signers(signers)
}

test_another_key_fires if {
	some finding in found({"key": "bb"}, [{"fingerprint": "aa"}])
	finding["with"] == {"signature": "models/one/model.sig", "signer": "key sha256:bb", "expected": "key sha256:aa"}
}

test_a_key_that_is_not_known_fires if {
	some finding in found(fixture.refusing("signer-unknown", "no key is known"), [{"fingerprint": "aa"}])
	finding["with"].signer == "somebody who is not known: no key is known"
}

test_another_subject_or_authority_fires if {
	certificate := {"kind": "certificate", "subject": "CN=one", "trust_root": "sha256:dd"}
	some finding in found(certificate, [{"authority": "sha256:dd", "subject": "CN=two"}])
	finding["with"].signer == "CN=one"
	count(found(certificate, [{"authority": "sha256:ee"}])) == 1
	count(found(certificate, [{"authority": "sha256:dd", "subject": "CN=one"}])) == 0
	count(found(certificate, [{"authority": "sha256:dd"}])) == 0
}

test_one_of_several_is_enough if {
	count(found({}, [{"fingerprint": "bb"}, {"fingerprint": "aa"}])) == 0
}

test_another_instance_is_somebody_else if {
	signer := {"identity": "https://example.org/gate", "issuer": "https://issuer.example.org", "root": "github"}
	count(found(fixture.by_identity, [signer])) == 1
}

test_a_name_without_a_proof_is_nobody if {
	count(found({"authentic": false}, [{"fingerprint": "aa"}])) == 1
}

test_where_nobody_has_to_sign_it_is_silent if {
	count(untrusted_signer.deny) == 0 with input as fixture.signed({"key": "bb"}) with data.signers as []
}
