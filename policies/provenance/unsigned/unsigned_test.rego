package weighbridge.provenance.unsigned_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.unsigned

owner := fixture.signers([{"fingerprint": "aa"}])

test_an_unsigned_model_fires if {
	found := unsigned.deny with input as fixture.unsigned with data.signers as owner
	count(found) == 1
	some finding in found
	finding["with"] == {"expected": "key sha256:aa"}
}

test_a_signature_that_is_none_is_no_signature if {
	differs := object.union(fixture.refusing("bundle-malformed", "not JSON"), {"kind": null, "claimed": null})
	count(unsigned.deny) == 1 with input as fixture.signed(differs) with data.signers as owner
}

test_a_signed_model_is_silent if {
	count(unsigned.deny) == 0 with input as fixture.signed({}) with data.signers as owner
}

of_type(type) := fixture.signed({"claimed": "statement", "predicate_type": type})

test_an_attestation_of_something_else_is_no_signature if {
	every type in ["https://in-toto.io/attestation/test-result/v0.1", "https://slsa.dev/verification_summary/v1", "https://cyclonedx.org/bom"] {
		count(unsigned.deny) == 1 with input as of_type(type) with data.signers as owner
	}
}

test_an_attestation_of_who_built_it_is_a_signature if {
	every type in ["https://slsa.dev/provenance/v1", "https://sigstore.dev/cosign/sign/v1"] {
		count(unsigned.deny) == 0 with input as of_type(type) with data.signers as owner
	}
}

test_where_nobody_has_to_sign_it_is_silent if {
	count(unsigned.deny) == 0 with input as fixture.unsigned with data.signers as []
}

at(pattern) := [object.union(owner[0], {"paths": [pattern]})]

test_paths_say_what_is_to_be_signed if {
	every pattern in ["models/*", "models", "models/", "**", "one", "models/one/*.safetensors", "m*/one"] {
		count(unsigned.deny) == 1 with input as fixture.unsigned with data.signers as at(pattern)
	}
}

test_other_paths_are_silent if {
	every pattern in ["model", "models/two", "two/**", "one/*/x", "*.onnx"] {
		count(unsigned.deny) == 0 with input as fixture.unsigned with data.signers as at(pattern)
	}
}

test_a_file_of_its_own_is_to_be_signed_too if {
	alone := object.union(fixture.one({}), {"artifact": object.union(fixture.base.artifact, {"path": "model.pkl"})})
	count(unsigned.deny) == 1 with input as alone with data.signers as at("*.pkl")
}
