# METADATA
# title: A template reaches into Python
# description: |-
#   The template asks an object for a name that belongs to Python itself and not to a conversation: a special
#   name such as `__globals__`, a name with a leading underscore, or a part of a frame.
#
#   From any object such names lead to every module that is loaded, and from there to commands and files. A
#   program that renders templates without a sandbox runs them as soon as somebody chats with the model
#   (CVE-2024-34359). No template needs them.
# custom:
#   id: template/python-internals
#   level: deny
#   message: >-
#     {what}.
#   remedy: >-
#     Do not use this template. If it came from somewhere else, report it there; if you need the model, take the
#     template from its makers.
#   since: "0.1.0"
#   formats: [templates]
# related_resources:
#   - https://jinja.palletsprojects.com/en/stable/sandbox/
#   - https://github.com/abetlen/llama-cpp-python/security/advisories/GHSA-56xg-wfcc-g829
package weighbridge.template.python_internals

import data.weighbridge.lib.template

deny contains {"at": one.member, "offset": null, "with": {
	"what": sprintf("%s, line %d: it asks an object for `%s`%s", [
		template.place(one), access.line, access.name, made(access),
	]),
	"name": access.name,
}} if {
	some one in input.templates
	some access in one.accesses
	template.inner(access)
}

deny contains {"at": one.member, "offset": null, "with": {
	"what": sprintf("%s: a text in it holds the special name `%s`", [template.place(one), text]),
	"name": text,
}} if {
	some one in input.templates
	some text in one.underscored
	template.special(text)
	not asked(one, text)
}

asked(one, text) if {
	some access in one.accesses
	access.name == text
}

made(access) := ", a name that it puts together" if access.built

made(access) := "" if not access.built
