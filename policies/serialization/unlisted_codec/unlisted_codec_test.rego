package weighbridge.serialization.unlisted_codec_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.unlisted_codec

test_another_codec_is_warned_of if {
	count(unlisted_codec.warn) == 1 with input as fixture.serialized({"format": "zarr", "kind": "codec", "name": "mine"})
}

test_listed_codecs_are_silent if {
	count(unlisted_codec.warn) == 0 with input as fixture.serialized({"format": "zarr", "kind": "codec", "name": "zstd"})
	count(unlisted_codec.warn) == 0 with input as fixture.serialized({"format": "zarr", "kind": "codec", "name": "pickle"})
}
