# What serializations name, by the lists that know it (`data.skops`, `data.serialization`).
package weighbridge.lib.serialization

import data.weighbridge.lib.allow
import data.weighbridge.lib.pickle

# Classes, types, functions and nodes of skops that neither skops nor an allow list knows, or that are called with arguments.
nodes contains record if {
	some record in input.objects
	record.format == "skops"
	not node(record)
	not permitted(record.name)
}

node(record) if data.skops.plain[record.loader]

node(record) if data.skops.loaders[record.loader][record.name]

# `ObjectNode` makes an instance without its constructor and sets its state, as a pickle's NEWOBJ and BUILD do.
node(record) if {
	record.loader == "ObjectNode"
	allow.class(global(record))
}

# What an allow list lets a pickle pass on has been read, and is harmless to call with anything.
node(record) if {
	record.loader in {"FunctionNode", "TypeNode"}
	allow.passable(global(record))
}

global(record) := {
	"module": record.module, "global": record.name,
	"name": substring(record.name, count(record.module) + 1, -1),
}

# Why what a node looks up is known to be dangerous; null where nothing is known of it.
why(record) := pickle.danger(global(record)) if pickle.dangerous(global(record))

why(record) := null if not pickle.dangerous(global(record))

# Classes and types of Java and Ruby, and forms of R, that no list knows. What implements an interface by a handler is never listed.
classes contains record if {
	some record in input.objects
	record.format in {"java", "ruby-marshal", "r"}
	spoken(record)
	not data.serialization[record.format].names[element(record)]
	not permitted(element(record))
}

classes contains record if {
	some record in input.objects
	record.kind == "proxy"
}

spoken(record) if {
	record.format != "r"
	record.kind in {"class", "type", "module"}
}

spoken(record) if record.kind == "alternative"

# What an array of Java holds: `[[I` numbers, `[Ljava.lang.String;` texts.
element(record) := found if {
	record.format == "java"
	startswith(record.name, "[")
	letters := trim_left(record.name, "[")
	startswith(letters, "L")
	found := trim_suffix(substring(letters, 1, -1), ";")
} else := "java.lang.Number" if {
	record.format == "java"
	startswith(record.name, "[")
	trim_left(record.name, "[") in {"B", "C", "D", "F", "I", "J", "S", "Z"}
} else := record.name

# Allowed by the configuration, to be called with any arguments.
permitted(name) if {
	some list in ["repository", "organisation"]
	some entry in data.allow[list].entries[name]
	"call" in entry.as
	object.get(entry, "arguments", null) == null
}

extensions contains record if {
	some record in input.objects
	record.kind == "extension"
	not data.serialization.extensions[record.format].names[record.name]
	not data.serialization.acting[record.format][record.name]
	not permitted(record.name)
}

codecs contains record if {
	some record in input.objects
	record.kind == "codec"
	not data.serialization.codecs.names[record.name]
}

shown(record) := record.name if record.name != null

shown(record) := "a value without a name" if record.name == null

loaders := {"java": "`ObjectInputStream.readObject`", "ruby-marshal": "`Marshal.load`", "r": "`readRDS` and `load`"}

libraries := {"arrow": "pyarrow", "msgpack": "a reader of MessagePack", "zarr": "Zarr"}

times(count) := sprintf(" (%d times)", [count]) if count > 1

times(count) := "" if count <= 1
