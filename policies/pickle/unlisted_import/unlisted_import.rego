# METADATA
# title: A pickle imports something that is not allowed
# description: |-
#   Loading a pickle imports every module that it names. This name is on no allow list, or is passed on in a way
#   that no list permits; no call of it is reported by itself.
#
#   Importing a module runs it. What was imported becomes a part of the model, and can be called later, when the
#   model is used.
# custom:
#   id: pickle/unlisted-import
#   level: deny
#   message: >-
#     `{global}` is imported when the file is loaded, and no allow list has it {use}.
#   remedy: >-
#     Save the weights without this object (a state_dict, or safetensors). If you know that it is safe, add the
#     entry below to `allow:` in `{owner}`, and have that merged first.
#   since: "0.1.0"
#   formats: [pickles]
# related_resources:
#   - https://docs.python.org/3/library/pickle.html#restricting-globals
package weighbridge.pickle.unlisted_import

import data.weighbridge.lib.pickle

deny contains {"at": record.member, "offset": record["import"].offset, "with": {
	"global": record["import"].global,
	"use": use(record["import"]),
	"evidence": record["import"].evidence,
	"allow": offer(record["import"].global),
}} if {
	some record in data.weighbridge.lib.pickle.imported
	not pickle.dangerous(record["import"])
}

# A listed function that is passed on is called by whatever holds it, with arguments that nobody saw.
use(global) := "as a value that is passed on" if global.passed

use(global) := "for any use" if not global.passed

offer(text) := data.weighbridge.lib.pickle.offers[text] if {
	data.weighbridge.lib.pickle.offers[text]
} else := null
