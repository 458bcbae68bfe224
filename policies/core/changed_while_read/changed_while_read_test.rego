package weighbridge.core.changed_while_read_test

import data.weighbridge.core.changed_while_read
import data.weighbridge.lib.fixture

test_fires if {
	count(changed_while_read.deny) == 1 with input as fixture.incomplete("changed", {})
}

test_another_kind_is_silent if {
	count(changed_while_read.deny) == 0 with input as fixture.incomplete("unreadable", {})
}
