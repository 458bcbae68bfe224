package weighbridge.provenance.uncovered_file_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.uncovered_file

owner := fixture.signers([{"fingerprint": "aa"}])

part := {"covered": [1], "uncovered": [2, 4]}

test_a_hidden_file_fires_whoever_is_to_sign if {
	every signers in [owner, []] {
		found := uncovered_file.deny with input as fixture.signed(part) with data.signers as signers
		found == {{"at": 2, "offset": null, "with": {"name": ".hidden", "signer": "key sha256:aa"}}}
	}
}

test_what_is_covered_is_silent if {
	every signers in [owner, []] {
		count(uncovered_file.deny) == 0 with input as fixture.signed({}) with data.signers as signers
	}
}

test_a_file_that_was_changed_is_told_elsewhere if {
	count(uncovered_file.deny) == 0 with input as fixture.signed({"covered": [1], "changed": [2]}) with data.signers as owner
}

test_a_stranger_covers_nothing if {
	two := [object.union(fixture.signature, {"covered": [1]}), object.union(fixture.signature, {"key": "bb", "covered": [2]})]
	both := object.union(fixture.signed({}), {"signatures": two})
	count(uncovered_file.deny) == 1 with input as both with data.signers as owner
}

test_signatures_of_files_cover_together if {
	two := [object.union(fixture.signature, {"covered": [1]}), object.union(fixture.signature, {"covered": [2]})]
	every signers in [owner, []] {
		count(uncovered_file.deny) == 0 with input as object.union(fixture.signed({}), {"signatures": two}) with data.signers as signers
	}
}

test_what_nobody_needs_to_sign_is_silent if {
	every pattern in [".hidden", ".h*", "**"] {
		accepted := [object.union(owner[0], {"uncovered": [pattern]})]
		count(uncovered_file.deny) == 0 with input as fixture.signed(part) with data.signers as accepted
	}
}

test_a_name_of_git_hides_nothing_but_text if {
	hidden := {"path": "models/one/.gitattributes", "formats": ["pickle", "text"]}
	facts := fixture.signed({})
	members := array.concat(array.slice(facts.members, 0, 4), [object.union(facts.members[4], hidden)])
	every signers in [owner, []] {
		count(uncovered_file.deny) == 1 with input as object.union(facts, {"members": members}) with data.signers as signers
	}
}

test_an_attestation_need_not_be_about_all if {
	count(uncovered_file.deny) == 0 with input as fixture.signed(object.union(part, {"claimed": "statement"})) with data.signers as []
}
