# METADATA
# title: A template works without end
# description: |-
#   The template makes far more steps than any conversation needs, by what stands in it: loops inside each other, a text that is padded, a number with
#   millions of digits, a chain of texts or macros of which each holds the one before twice. Or it makes something from itself and itself, so that each
#   step takes twice as long as the one before: a macro that calls itself twice, a loop that is called with its own list, a variable that a loop sets
#   to itself twice.
#
#   Whoever renders it waits, or runs out of memory, however short the conversation is. Jinja2's sandbox bounds a single range and none of this.
# custom:
#   id: template/endless-work
#   level: warn
#   message: >-
#     {place}{where}: {why}.
#   remedy: >-
#     Loop over the messages, and hand on a part of them. If the template came from somewhere else, take it from the model's makers.
#   since: "0.1.0"
#   formats: [templates]
# related_resources:
#   - https://jinja.palletsprojects.com/en/stable/sandbox/#security-considerations
package weighbridge.template.endless_work

import data.weighbridge.lib.template

warn contains {"at": one.member, "offset": null, "with": {
	"place": template.place(one),
	"where": "",
	"why": sprintf("its loops, macros and texts make up to %d steps, whatever the conversation is, where the most that is taken for ordinary is %d", [
		one.largest_work, data.templates.largest_work,
	]),
}} if {
	some one in input.templates
	one.largest_work != null
	one.largest_work > data.templates.largest_work
}

warn contains {"at": one.member, "offset": null, "with": {
	"place": template.place(one),
	"where": sprintf(", line %d", [doubling.line]),
	"why": why(doubling),
}} if {
	some one in input.templates
	some doubling in one.doublings
}

why(doubling) := sprintf("the macro `%s` calls itself more than once with nothing of the conversation, so that each step takes twice as long", [doubling.name]) if {
	doubling.kind == "macro"
}

why(doubling) := "a recursive loop is called with what it goes over anyway, so that each step takes twice as long" if doubling.kind == "loop"

why(doubling) := sprintf("a loop sets `%s` to itself and itself, so that each round makes it twice as long", [doubling.name]) if {
	doubling.kind == "variable"
}
