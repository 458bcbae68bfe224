package weighbridge.text.numbered_address_test

import data.weighbridge.text.numbered_address
import data.weighbridge.lib.fixture

test_a_number_fires if count(numbered_address.warn) == 1 with input as fixture.mention({"kind": "ip-address", "value": "203.0.113.7"})

test_a_name_is_silent if count(numbered_address.warn) == 0 with input as fixture.mention({})
