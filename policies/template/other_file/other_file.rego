# METADATA
# title: A template loads another file
# description: |-
#   The template includes, imports or extends another template by its name. Chat templates stand alone: the
#   programs that render them have nowhere to load others from.
#
#   A program that does load them reads a file of its choice into what the model is told, and runs what stands
#   there.
# custom:
#   id: template/other-file
#   level: deny
#   message: >-
#     {place}, line {line}: `{statement}` loads {name}.
#   remedy: >-
#     Write what the other template holds into this one.
#   since: "0.1.0"
#   formats: [templates]
# related_resources:
#   - https://jinja.palletsprojects.com/en/stable/templates/#include
package weighbridge.template.other_file

import data.weighbridge.lib.template

deny contains {"at": one.member, "offset": null, "with": {
	"place": template.place(one),
	"line": load.line,
	"statement": load.statement,
	"name": name(load),
}} if {
	some one in input.templates
	some load in one.loads
}

name(load) := sprintf("`%s`", [load.name]) if load.name != null

name(load) := "a file that is named while it runs" if load.name == null
