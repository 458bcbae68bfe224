package weighbridge.keras.unlisted_filter_test

import data.weighbridge.keras.unlisted_filter
import data.weighbridge.lib.fixture

named(by, target) := fixture.reference({"format": "hdf5", "by": by, "kind": "plugin", "name": "/weights", "target": target, "leads": "lookup"})

test_plug_ins_fire if {
	count(unlisted_filter.warn) == 1 with input as named("filter", "32001 blosc")
	count(unlisted_filter.warn) == 1 with input as named("user-defined-link", "187")
}

test_what_h5py_has_is_silent if {
	count(unlisted_filter.warn) == 0 with input as named("filter", "32000 lzf")
	count(unlisted_filter.warn) == 0 with input as named("external-link", "other.h5")
}
