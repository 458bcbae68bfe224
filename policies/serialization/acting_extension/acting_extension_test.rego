package weighbridge.serialization.acting_extension_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.acting_extension

test_types_that_load_pickles_fire if {
	count(acting_extension.deny) == 1 with input as fixture.serialized({"format": "arrow", "kind": "extension", "name": "arrow.py_extension_type"})
	count(acting_extension.deny) == 1 with input as fixture.serialized({"format": "arrow", "kind": "extension", "name": "ray.data.arrow_pickled_object"})
	count(acting_extension.deny) == 1 with input as fixture.serialized({"format": "zarr", "kind": "codec", "name": "pickle"})
	count(acting_extension.deny) == 1 with input as fixture.serialized({"format": "msgpack", "kind": "codec", "name": "pickle", "loader": "msgpack-numpy"})
}

test_plain_types_are_silent if {
	count(acting_extension.deny) == 0 with input as fixture.serialized({"format": "arrow", "kind": "extension", "name": "arrow.json"})
	count(acting_extension.deny) == 0 with input as fixture.serialized({"format": "zarr", "kind": "codec", "name": "blosc"})
}
