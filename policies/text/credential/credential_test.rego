package weighbridge.text.credential_test

import data.weighbridge.text.credential
import data.weighbridge.lib.fixture

test_a_credential_fires if count(credential.warn) == 1 with input as fixture.mention({"kind": "credential", "value": "ghp_***"})

test_an_address_is_silent if count(credential.warn) == 0 with input as fixture.mention({})
