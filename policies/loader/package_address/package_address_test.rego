package weighbridge.loader.package_address_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.package_address

named(by, target, name) := fixture.reference({"format": "text", "kind": "package", "by": by, "target": target, "name": name, "leads": "url"})

warned(by, target) := found if found := package_address.warn with input as named(by, target, "line 3")

test_addresses_warn if {
	every by in [
		"requirement", "--index-url", "--extra-index-url", "--find-links", "--editable", "--requirement", "--constraint", "backend-path", "tool",
		"cmdclass", "dependency_links", "index_url", "find_links", "channel", "dependency",
	] {
		count(warned(by, "https://example.org/x")) == 1
	}
	count(warned("--index-url", "https://pypi.org.example.org/simple")) == 1
	count(warned("--index-url", "https://pypi.org/simple/../../x")) == 1
	count(package_address.warn) == 1 with input as named("backend-path", ".", null)
}

test_places_that_everybody_takes_packages_from_are_silent if {
	every target in ["https://pypi.org/simple", "https://pypi.org/simple/", "https://download.pytorch.org/whl/cu121"] {
		count(warned("--extra-index-url", target)) == 0
	}
}
