package weighbridge.keras.external_data_test

import data.weighbridge.keras.external_data
import data.weighbridge.lib.fixture

named(by, target) := fixture.reference({"format": "hdf5", "by": by, "kind": "link", "name": "/weights", "target": target})

test_links_and_storage_fire if {
	every by in ["external-link", "external-storage", "virtual-dataset"] {
		count(external_data.deny) == 1 with input as named(by, "other.h5")
	}
}

test_the_file_itself_is_silent if {
	count(external_data.deny) == 0 with input as named("virtual-dataset", ".")
	count(external_data.deny) == 1 with input as named("external-link", ".")
}

test_filters_are_told_elsewhere if {
	count(external_data.deny) == 0 with input as named("filter", "32001")
}
