# METADATA
# title: An R file runs an expression when it is looked at
# description: |-
#   A value in this file is not stored: in its place stands an expression that R runs when the value is first used
#   (a promise), or each time the variable is read (an active binding).
#
#   Looking at the object is enough: printing it, listing its variables, or handing it to a function. Such a value
#   looks like any other until then. R up to 4.3 keeps promises when it reads a file; R 4.4 refuses some of them.
# custom:
#   id: serialization/promise
#   level: deny
#   message: >-
#     `{name}` is {what}: R runs it when the value is used after `readRDS` or `load`, with no further step{times}.
#   remedy: >-
#     Do not read this file. If it is your own, use the value once before you save it (`force`), and save plain values in
#     place of active bindings and of environments that a function was called in.
#   since: "0.1.0"
#   formats: [r]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2024-27322
package weighbridge.serialization.promise

import data.weighbridge.lib.serialization

deny contains {"at": record.member, "offset": record.offset, "with": {
	"name": serialization.shown(record),
	"what": words[record.kind],
	"times": serialization.times(record.count),
}} if {
	some record in input.objects
	words[record.kind]
	not record.loader in quiet
}

# A value that is there, a constant, and the value of another variable: nothing runs. Many models hold such.
quiet := {"value", "constant", "symbol"}

words := {"promise": "an expression in place of a value", "active-binding": "a variable that calls a function when it is read"}
