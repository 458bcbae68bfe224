package weighbridge.provenance.other_model_test

import data.weighbridge.lib.fixture
import data.weighbridge.provenance.other_model

test_another_models_signature_fires if {
	found := other_model.deny with input as fixture.signed(fixture.refusing("other-model", "over none of the files"))
	found == {{"at": 0, "offset": null, "with": {"signature": "models/one/model.sig", "of": "models/one"}}}
}

test_its_own_is_silent if {
	count(other_model.deny) == 0 with input as fixture.signed({})
}
