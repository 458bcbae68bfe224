# METADATA
# title: A template counts very far
# description: |-
#   The template makes a range, or repeats a text, far more often than any conversation needs.
#
#   Whoever renders it waits, or runs out of memory. Jinja2's sandbox refuses such a range, so the template does
#   not work in the programs that are careful.
# custom:
#   id: template/large-range
#   level: deny
#   message: >-
#     {place}: it counts to {range}, where Jinja2's sandbox stops at {most}.
#   remedy: >-
#     Loop over the messages instead.
#   since: "0.1.0"
#   formats: [templates]
# related_resources:
#   - https://jinja.palletsprojects.com/en/stable/sandbox/#jinja2.sandbox.SandboxedEnvironment
package weighbridge.template.large_range

import data.weighbridge.lib.template

deny contains {"at": one.member, "offset": null, "with": {
	"place": template.place(one),
	"range": one.largest_range,
	"most": data.templates.largest_range,
}} if {
	some one in input.templates
	one.largest_range != null
	one.largest_range > data.templates.largest_range
}
