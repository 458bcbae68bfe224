# Facts for tests: small, whole, and in the shape of the schema.
package weighbridge.lib.fixture

base := {
	"schema": "weighbridge/facts/v1",
	"evaluated_at": "2026-01-01T00:00:00Z",
	"tool": {"version": "0.0.0"},
	"artifact": {"path": "model", "kind": "file", "digest": null, "size": 1},
	"members": [], "incomplete": [], "deviations": [], "archives": [], "pickles": [], "tensors": [],
	"graphs": [], "templates": [], "code": [], "executables": [], "signatures": [],
}

member := {
	"id": 0, "parent": null, "path": "model.pkl", "name": "model.pkl", "origin": "named", "size": 1, "digest": null,
	"formats": ["pickle"], "extension": "pkl", "promised": ["pickle", "joblib"], "executable": false, "pointer": null, "link": null,
}

# One member that differs from the plain one.
one(differs) := object.union(base, {"members": [object.union(member, differs)]})

# A member inside another.
inside(outer, inner) := object.union(base, {"members": [
	object.union(member, outer),
	object.union(object.union(member, {"id": 1, "parent": 0, "origin": "entry"}), inner),
]})

incomplete(kind, differs) := object.union(one({}), {"incomplete": [object.union(
	{"member": 0, "kind": kind, "format": null, "what": "the words", "offset": null, "count": 1},
	differs,
)]})

deviation(format, kind) := deviant(format, kind, {})

deviant(format, kind, differs) := object.union(one({"formats": [format]}), {"deviations": [object.union(
	{
		"member": 0, "format": format, "kind": kind, "name": "data.pkl", "field": null,
		"expected": null, "found": null, "offset": 7, "count": 1,
	},
	differs,
)]})

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

# An allow list of one library.
list(classes, entries) := {"one": {"library": "one", "classes": classes, "entries": by_global(entries)}}

# As the engine is given the entries of a list.
by_global(entries) := {name: [item | some item in entries; item.global == name] | some other in entries; name := other.global}

entry(global, uses) := {"global": global, "as": uses, "arguments": null, "state": null, "reason": "for a test", "source": null}
