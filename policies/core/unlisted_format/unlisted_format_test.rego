package weighbridge.core.unlisted_format_test

import data.weighbridge.core.unlisted_format
import data.weighbridge.lib.fixture

listed(formats) := {"formats": formats, "largest": null, "custom": {}}

test_an_unlisted_format_fires if {
	found := unlisted_format.deny with input as fixture.one({}) with data.parameters as listed(["safetensors", "npy"])
	count(found) == 1
	some finding in found
	finding["with"] == {"format": "pickle", "formats": "safetensors, npy"}
}

test_a_listed_format_is_silent if {
	count(unlisted_format.deny) == 0 with input as fixture.one({}) with data.parameters as listed(["pickle"])
}

test_without_a_list_it_is_silent if {
	count(unlisted_format.deny) == 0 with input as fixture.one({}) with data.parameters as listed(null)
}

test_an_empty_list_allows_nothing if {
	count(unlisted_format.deny) == 1 with input as fixture.one({}) with data.parameters as listed([])
}

test_harmless_content_needs_no_place if {
	every formats in [["text"], ["image"], ["json", "text"], ["empty"], []] {
		count(unlisted_format.deny) == 0 with input as fixture.one({"formats": formats}) with data.parameters as listed([])
	}
}

test_the_general_name_does_not_list_the_special_one if {
	count(unlisted_format.deny) == 1 with input as fixture.one({"formats": ["zip", "torch"]}) with data.parameters as listed(["zip"])
}

torch := fixture.inside({"formats": ["zip", "torch"]}, {"formats": ["pickle"]})

test_a_part_of_a_listed_format_is_silent if {
	count(unlisted_format.deny) == 0 with input as torch with data.parameters as listed(["torch"])
}

test_a_part_of_a_plain_container_fires if {
	plain := fixture.inside({"formats": ["zip"]}, {"formats": ["pickle"]})
	count(unlisted_format.deny) == 1 with input as plain with data.parameters as listed(["zip", "torch"])
}

test_what_is_no_part_fires if {
	other := fixture.inside({"formats": ["zip", "torch"]}, {"formats": ["elf"]})
	count(unlisted_format.deny) == 1 with input as other with data.parameters as listed(["torch"])
}
