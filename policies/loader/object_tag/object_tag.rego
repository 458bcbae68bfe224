# METADATA
# title: A document makes objects by their names
# description: |-
#   The YAML has a tag that makes an object of a class or calls a function (`!!python/object/apply:os.system`), or the
#   JSON has a key by which jsonpickle does the same (`py/reduce`).
#
#   To a reader that follows them, such a document is a pickle in other letters: reading it imports what it names and calls
#   it. Configurations of models need no such tags.
# custom:
#   id: loader/object-tag
#   level: deny
#   message: >-
#     `{by}` names `{target}`{danger}: {loader} {does}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [json, yaml]
# related_resources:
#   - https://pyyaml.org/wiki/PyYAMLDocumentation
#   - https://nvd.nist.gov/vuln/detail/CVE-2020-14343
package weighbridge.loader.object_tag

import data.weighbridge.lib.allow
import data.weighbridge.lib.loader
import data.weighbridge.lib.offer

deny contains {"at": reference.member, "offset": reference.offset, "with": {
	"by": reference.by,
	"target": reference.target,
	"loader": how.loader,
	"does": how.does,
	"danger": offer.danger(why),
	"allow": entry(reference, why),
	"remedy": remedy(reference, why),
}} if {
	some reference in data.weighbridge.lib.loader.references
	how := makes(reference.by)
	not harmless(reference)
	why := loader.why(reference)
}

advice := "Write the values as plain YAML or JSON, and make the objects in the program that reads it (`yaml.safe_load`)."

# Of Python's names a list says which are dangerous; of Java's and Ruby's none does.
entry(reference, why) := offer.entry(reference.target, why) if not foreign(reference.by)

entry(reference, _) := null if foreign(reference.by)

remedy(reference, why) := offer.remedy(reference.target, why, advice) if not foreign(reference.by)

remedy(reference, _) := advice if foreign(reference.by)

foreign(by) if by == "tag"

foreign(by) if startswith(by, "!ruby/")

makes(by) := data.loaders.tags[by]

makes(by) := {"loader": "`YAML.unsafe_load` (Ruby)", "does": "makes an object of that class"} if startswith(by, "!ruby/")

harmless(reference) if loader.allowed(reference.target)

# What a pickle may hand on. What is named may be called: an object calls its attribute `extend` with the items below its tag, so that an attribute of
# that name calls the class that it holds, whose constructor may reach out (`data.constructors`).
harmless(reference) if {
	reference.by in {"py/object", "py/type", "python/name"}
	global := loader.global(reference.target)
	allow["class"](global)
	allow.passable(global)
}

harmless(reference) if {
	data.inert[reference.target]
	not data.constructors[reference.target]
}

# Containers that are made of whatever stands below the tag: stable-baselines3-zoo writes its settings as an ordered dictionary.
harmless(reference) if {
	reference.by in {"python/object/apply", "python/object/new"}
	startswith(reference.target, "collections.")
	data.containers[reference.target]
}
