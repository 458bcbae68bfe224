# METADATA
# title: A template asks for a name that it makes while it runs
# description: |-
#   The template asks an object for an attribute or item whose name cannot be known before it runs: the template
#   puts the name together, or takes it from a setting that lies beside it, such as a special token. Or it asks an object
#   of the renderer, such as `lipsum` or a macro, for a name that stands in the conversation.
#
#   Templates that reach into Python hide the names so. Ordinary ones use names that stand there, numbers, or
#   parts of the conversation.
# custom:
#   id: template/unknown-name
#   level: deny
#   message: >-
#     {place}, line {line}: {why}.
#   remedy: >-
#     Write the name where it is used. If the template came from somewhere else, take it from the model's makers.
#   since: "0.1.0"
#   formats: [templates]
# related_resources:
#   - https://jinja.palletsprojects.com/en/stable/templates/#variables
package weighbridge.template.unknown_name

import data.weighbridge.lib.template

deny contains {"at": one.member, "offset": null, "with": {
	"place": template.place(one),
	"line": access.line,
	"why": why(access),
}} if {
	some one in input.templates
	some access in one.accesses
	access.name == null
	foreign(access)
}

foreign(access) if access.built

foreign(access) if count(settings(access)) > 0

foreign(access) if count(objects(access)) > 0

# Objects of the renderer that are asked. Their attributes lead to Python's modules, and what is said in a conversation may name them.
objects(access) := [root | some root in access.of; root in object.keys(data.templates.environment)]

settings(access) := [root | some root in access.roots; not root in object.keys(data.templates.given)]

why(access) := sprintf("the name that it asks for %s is made while it runs", [by[access.via]]) if access.built

why(access) := sprintf("the name that it asks for %s is what stands in `%s`", [by[access.via], concat("`, `", settings(access))]) if {
	not access.built
	count(settings(access)) > 0
}

why(access) := sprintf("the name that it asks `%s` for %s is what stands in `%s`", [concat("`, `", objects(access)), by[access.via], concat("`, `", access.roots)]) if {
	not access.built
	count(settings(access)) == 0
}

by := {"attribute": "as an attribute", "item": "in brackets", "filter": "by a filter"}
