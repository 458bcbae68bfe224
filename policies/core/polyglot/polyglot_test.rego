package weighbridge.core.polyglot_test

import data.weighbridge.core.polyglot
import data.weighbridge.lib.fixture

test_formats_that_exclude_each_other_fire if {
	every formats in [["zip", "pickle"], ["image", "zip"], ["elf", "zip"], ["safetensors", "pickle"], ["tar", "pickle"], ["json", "pickle"]] {
		count(polyglot.deny) == 1 with input as fixture.one({"formats": formats})
	}
}

refined := [
	["zip", "torch"], ["zip", "torch", "torchscript"], ["zip", "npz"], ["pickle", "joblib"], ["pickle", "torch-legacy"],
	["tar", "torch-tar"], ["text", "json", "safetensors-index"], ["text", "script"], ["text", "pickle"], ["text", "lfs-pointer"],
	["zip", "pe", "script", "text", "llamafile"], ["zip"], [],
]

test_formats_that_refine_each_other_are_silent if {
	every formats in refined {
		count(polyglot.deny) == 0 with input as fixture.one({"formats": formats})
	}
}
