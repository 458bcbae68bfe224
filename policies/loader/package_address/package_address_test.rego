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

test_it_is_told_by_its_key_and_what_to_do if {
	some backend in package_address.warn with input as named("backend-path", ".", "build-system.backend-path[0]")
	backend["with"].by == "`build-system.backend-path[0]`"
	contains(backend["with"].remedy, "remove `backend-path`")
	some line in warned("requirement", "https://example.org/x")
	line["with"].by == "The requirement of line 3"
	contains(line["with"].remedy, "--require-hashes")
}

test_a_key_with_many_lines_is_not_one_of_them if {
	some line in package_address.warn with input as named("requirement", "https://example.org/x.whl", "options.install_requires")
	line["with"].by == "The requirement of `options.install_requires`"
	some link in package_address.warn with input as named("find_links", "https://example.org/x", "easy_install.find_links")
	link["with"].by == "`easy_install.find_links`"
}
