package weighbridge.serialization.unlisted_class_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.unlisted_class

named(format, kind, name, loader) := fixture.serialized({"format": format, "kind": kind, "name": name, "loader": loader})

test_other_classes_fire if {
	count(unlisted_class.deny) == 1 with input as named("java", "class", "java.net.URL", "readObject")
	count(unlisted_class.deny) == 1 with input as named("java", "class", "[[Ljava.net.URL;", "fields")
	count(unlisted_class.deny) == 1 with input as named("java", "type", "java.lang.Runtime", "fields")
	count(unlisted_class.deny) == 1 with input as named("ruby-marshal", "class", "Gem::Installer", "marshal_load")
	count(unlisted_class.deny) == 1 with input as named("ruby-marshal", "module", "Comparable", "extend")
	count(unlisted_class.deny) == 1 with input as named("r", "alternative", "mmap_real", null)
	count(unlisted_class.deny) == 1 with input as named("r", "alternative", null, null)
}

test_a_proxy_fires_whatever_its_interface_is if {
	count(unlisted_class.deny) == 1 with input as named("java", "proxy", "java.util.Map$Entry", null)
}

test_listed_classes_are_silent if {
	count(unlisted_class.deny) == 0 with input as named("java", "class", "java.util.HashMap", "readObject")
	count(unlisted_class.deny) == 0 with input as named("java", "class", "[Ljava.lang.String;", "fields")
	count(unlisted_class.deny) == 0 with input as named("java", "class", "[[D", "fields")
	count(unlisted_class.deny) == 0 with input as named("ruby-marshal", "class", "Range", "allocate")
	count(unlisted_class.deny) == 0 with input as named("r", "alternative", "compact_intseq", null)
	count(unlisted_class.deny) == 0 with input as named("r", "class", "lm", null)
}

test_an_allowed_class_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("mine.Model", ["call"])])}}
	count(unlisted_class.deny) == 0 with input as named("java", "class", "[Lmine.Model;", "fields") with data.allow as list
}

test_an_entry_is_spoken_of_where_one_can_be_written if {
	contains(said("java", "class", "[Lmine.Model;", "fields").remedy, "by its full name")
	contains(said("ruby-marshal", "class", "Gem::Installer", "marshal_load").remedy, "by its full name")
	every one in [["ruby-marshal", "class", "Other", "allocate"], ["r", "alternative", null, null]] {
		contains(said(one[0], one[1], one[2], one[3]).remedy, "by a waiver")
	}
	contains(said("java", "proxy", "mine.Handler", null).remedy, "No entry can allow it")
}

said(format, kind, text, loader) := found["with"] if {
	some found in unlisted_class.deny with input as named(format, kind, text, loader)
}
