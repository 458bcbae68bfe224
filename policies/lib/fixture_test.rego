# Facts for tests: small, whole, and in the shape of the schema.
package weighbridge.lib.fixture

base := {
	"schema": "weighbridge/facts/v1",
	"evaluated_at": "2026-01-01T00:00:00Z",
	"tool": {"version": "0.0.0"},
	"artifact": {"path": "model", "kind": "file", "digest": null, "size": 1},
	"members": [], "incomplete": [], "deviations": [], "archives": [], "pickles": [], "tensors": [],
	"graphs": [], "references": [], "declarations": [], "layers": [], "mentions": [], "objects": [], "templates": [], "code": [], "executables": [], "signatures": [],
}

member := {
	"id": 0, "parent": null, "path": "model.pkl", "name": "model.pkl", "origin": "named", "size": 1, "digest": null,
	"formats": ["pickle"], "extension": "pkl", "promised": ["pickle", "joblib"], "executable": false, "pointer": null, "link": null,
}

# Code, and a call in it.
source := {
	"member": 0, "language": "python", "form": "text", "interpreter": null, "parsed": true, "problem": null, "complete": true,
	"imports": [], "calls": [], "definitions": [], "names": [], "commands": [],
}

code_call := {
	"name": "os.system", "built": false, "place": "module", "runs": "import", "within": null, "functions": [], "line": 3, "count": 1,
	"literal": true, "texts": ["id"], "from": [], "passes": [], "complete": true,
}

# A file of this name with that code.
coded(name, differs) := object.union(one({"name": name, "formats": ["text", "python"]}), {"code": [object.union(source, differs)]})

# A member of a directory, or the directory itself.
lying(id, parent, path, name) := object.union(member, {
	"id": id, "parent": parent, "path": path, "name": name, "origin": origin(parent), "formats": [],
	"extension": null, "promised": [],
})

origin(parent) := "named" if parent == null

origin(parent) := "file" if parent != null

# One member that differs from the plain one.
one(differs) := object.union(base, {"members": [object.union(member, differs)]})

# A member inside another.
inside(outer, inner) := object.union(base, {"members": [
	object.union(member, outer),
	object.union(object.union(member, {"id": 1, "parent": 0, "origin": "entry"}), inner),
]})

incomplete(kind, differs) := object.union(one({}), {"incomplete": [object.union(
	{
		"member": 0, "kind": kind, "format": null, "offset": null, "count": 1,
		"what": object.get(reasons, kind, "the entry `archive/data.pkl`"),
	},
	differs,
)]})

reasons := {
	"changed": "the file changed while it was read",
	"encrypted": "the entry `archive/data.pkl` is encrypted",
	"limit": "members",
	"pointer": "a pointer stands in place of the content",
	"unknown-format": "no format is known that begins with 93 00 ff fe",
}

deviation(format, kind) := deviant(format, kind, {})

deviant(format, kind, differs) := object.union(one({"formats": [format]}), {"deviations": [object.union(
	object.union(
		{
			"member": 0, "format": format, "kind": kind, "name": "data.pkl", "field": null,
			"expected": null, "found": null, "offset": 7, "count": 1,
		},
		object.get(object.get(typical, family(format), {}), kind, {}),
	),
	differs,
)]})

family(format) := "tensors" if format in data.families.tensors else := "containers"

# What such a deviation speaks of in a real file.
typical := {
	"containers": {
		"case-collision": {"name": "archive/DATA.PKL"},
		"checksum-mismatch": {"field": "CRC-32", "expected": "1f2e3d4c", "found": "5a6b7c8d"},
		"count-mismatch": {"name": null, "field": "entries", "expected": "3", "found": "4"},
		"header-disagreement": {"field": "file name", "expected": "data.pkl", "found": "other.pkl"},
		"invalid-value": {"field": "version", "found": "99"},
		"out-of-range": {"field": "local header offset", "found": "99999"},
		"overflow": {"field": "size", "found": "18446744073709551615"},
		"prefix-bytes": {"name": null, "found": "64 bytes"},
		"several-ends": {"name": null, "field": "end of central directory record", "found": "2"},
		"several-streams": {"name": null, "found": "2 streams"},
		"size-mismatch": {"field": "uncompressed size", "expected": "100", "found": "4000"},
		"suffix-bytes": {"name": null, "found": "64 bytes"},
		"traversal": {"name": "../../start.sh"},
		"unusual-method": {"field": "compression method", "found": "lzma"},
	},
	"tensors": {
		"count-mismatch": {"name": null, "field": "total_size", "expected": "100", "found": "4000"},
		"duplicate-key": {"name": "layer.weight", "found": "dtype"},
		"duplicate-name": {"name": "layer.weight"},
		"gap": {"name": "layer.weight", "field": "data_offsets", "found": "64, 128"},
		"invalid-value": {"name": "layer.weight", "field": "dtype", "found": "F7"},
		"misaligned": {"name": "layer.weight", "field": "data_offsets", "found": "3, 67"},
		"missing-file": {"name": "model-00002-of-00002.safetensors"},
		"out-of-range": {"name": "layer.weight", "field": "data_offsets", "found": "0, 99999"},
		"overflow": {"name": "layer.weight", "field": "shape", "found": "[4294967296, 4294967296]"},
		"overlap": {"name": "layer.weight", "field": "data_offsets", "found": "0, 64"},
		"size-mismatch": {"name": "layer.weight", "field": "data_offsets", "found": "60 bytes, where shape and dtype make 64"},
		"traversal": {"name": "../other/model.safetensors"},
	},
}

global(module, name) := {"module": module, "name": name, "global": sprintf("%s.%s", [module, name])}

unknown := {"module": null, "name": null, "global": null}

stream := {
	"member": 0, "reading": "cpython", "stream": 0, "offset": 0, "size": 9, "protocols": [4], "opcodes": 9,
	"imports": [], "calls": [], "persistent": [], "extensions": [],
	"ended": {"kind": "stop", "offset": 9, "opcode": "STOP", "what": null},
}

# One pickle that differs from the plain one.
pickle(differs) := object.union(one({}), {"pickles": [object.union(stream, differs)]})

# A pickle that does this to a global, and imports it.
doing(use, kind, of, differs) := pickle({
	"imports": [importing(of)],
	"calls": [call(use, kind, of, differs)],
})

importing(of) := object.union(of, {"opcode": "GLOBAL", "offset": 2, "count": 1, "passed": false, "evidence": "2: GLOBAL"})

call(use, kind, of, differs) := object.union(
	{
		"as": use, "callee": object.union(of, {"kind": kind}), "opcode": "REDUCE", "offset": 12, "count": 1,
		"arity": 0, "arguments": [], "keywords": null, "evidence": "12: REDUCE", "after_stop": false,
	},
	differs,
)

argument(kind, values) := {
	"kind": kind, "values": values, "distinct": count(values), "complete": true, "items": [], "keys": [],
}

dict(keys, items) := object.union(argument("dict", []), {"keys": keys, "items": items})

# One template that differs from a plain one.
template(differs) := object.union(one({"formats": ["gguf"]}), {"templates": [object.union(
	{
		"member": 0, "key": "tokenizer.chat_template", "name": null, "size": 9, "digest": null, "parsed": true,
		"accesses": [], "calls": [], "loads": [], "underscored": [], "largest_range": null, "largest_work": null, "doublings": [], "texts": [],
	},
	differs,
)]})

access(name, via) := {"name": name, "via": via, "roots": [], "of": [], "built": false, "line": 3, "count": 1}

# An allow list of one library.
list(classes, entries) := {"one": {"library": "one", "classes": classes, "entries": by_global(entries)}}

# As the engine is given the entries of a list.
by_global(entries) := {name: [item | some item in entries; item.global == name] | some other in entries; name := other.global}

entry(global, uses) := {"global": global, "as": uses, "arguments": null, "state": null, "reason": "for a test", "source": null}

# A graph with one operator that differs from the plain one.
graph(format, differs) := object.union(one({"formats": [format]}), {"graphs": [{
	"member": 0, "format": format, "name": "main", "producer": "pytorch 2.5.1",
	"versions": [{"of": "opset_import", "domain": "", "version": "17"}],
	"nodes": 1, "complete": true,
	"operators": [object.union(
		{
			"domain": "", "name": "Conv", "place": "graph", "defined": false, "count": 1, "offset": 24, "node": "/conv",
			"attributes": [], "complete": true,
		},
		differs,
	)],
}]})

# One layer that differs from the plain one, in a configuration of its own or in what holds it.
layer(differs) := object.union(one({"path": "model.json", "name": "model.json", "formats": ["json", "keras-config"]}), {"layers": [made(differs)]})

layer_in(holder, differs) := object.union(
	inside(holder, {"path": "model!config", "name": "config", "formats": ["json", "keras-config"]}),
	{"layers": [object.union(made(differs), {"member": 1})]},
)

made(differs) := object.union(
	{
		"member": 0, "format": "keras-config", "place": "config.layers[1]", "name": "dense", "class_name": "Dense",
		"module": "keras.layers", "registered_name": null, "function": null, "global": "keras.layers.Dense", "code": [],
		"offset": 7, "count": 1,
	},
	differs,
)

# An address in a metadata text.
mention(differs) := object.union(one({"formats": ["gguf"]}), {"mentions": [object.union(
	{"member": 0, "key": "general.description", "kind": "url", "value": "https://example.org/", "count": 1},
	differs,
)]})

# What a file names outside of itself.
reference(differs) := object.union(one({"formats": [object.get(differs, "format", "onnx")]}), {"references": [object.union(
	{
		"member": 0, "format": "onnx", "kind": "external-data", "by": "initializer", "name": "conv.weight",
		"target": "model.data", "leads": "inside", "to": null, "offset": 24, "count": 1,
	},
	differs,
)]})

# A directory of weights, another file and a signature that differs from one that holds for both.
signed(differs) := object.union(base, {
	"artifact": object.union(base.artifact, {"path": "models/one", "kind": "directory"}),
	"members": [
		object.union(member, {"path": "models/one", "name": "one", "formats": [], "extension": null, "promised": []}),
		below(1, "weights.safetensors", ["safetensors"]), below(2, ".hidden", ["text"]), below(3, "model.sig", ["json"]),
		below(4, ".gitattributes", ["text"]),
	],
	"signatures": [object.union(signature, differs)],
})

unsigned := object.union(signed({}), {"signatures": []})

below(id, name, formats) := object.union(member, {
	"id": id, "parent": 0, "origin": "file", "path": concat("/", ["models/one", name]), "name": name, "formats": formats,
	"extension": null, "promised": [],
})

signature := {
	"member": 3, "path": "models/one/model.sig", "index": 0, "of": "models/one", "kind": "key", "claimed": "model",
	"authentic": true, "verified": true, "refusals": [], "key": "aa", "subject": null, "identity": null, "issuer": null,
	"claims": {}, "times": [], "trust_root": null, "predicate_type": "https://model_signing/signature/v1.0", "subjects": [],
	"provenance": null, "covered": [1, 2], "changed": [], "uncovered": [4], "empty": [], "unread": [], "missing": 0, "extracted": true,
}

refusing(reason, what) := {"authentic": false, "verified": false, "key": null, "refusals": [{"reason": reason, "what": what}]}

by_identity := {
	"kind": "keyless", "key": "cc", "identity": "https://example.org/gate", "issuer": "https://issuer.example.org",
	"trust_root": "public", "times": [{"at": "2025-12-01T00:00:00Z", "proof": "timestamp"}],
}

# Who is to sign everything, one signer each that differs from nobody.
signers(differs) := [{"paths": [], "by": [object.union(nobody, signer) | some signer in differs], "uncovered": [], "timed": false}]

nobody := {
	"key": null, "fingerprint": null, "identity": null, "pattern": null, "issuer": null, "root": null, "authority": null,
	"subject": null, "from": null, "until": null,
}
# One thing that a serialization names, in a file of its own.
serialized(differs) := object.union(one({"formats": [object.get(differs, "format", "r")]}), {"objects": [object.union(
	{
		"member": 0, "format": "r", "kind": "class", "name": "data.frame", "module": null, "loader": null, "offset": 14, "count": 1,
	},
	differs,
)]})
