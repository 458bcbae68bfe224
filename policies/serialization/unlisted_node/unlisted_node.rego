# METADATA
# title: A skops file looks up a name that is not allowed
# description: |-
#   The tree of a skops file names a class or function by its module, and what is done with it: an object is made of
#   it, it is called with arguments from the file, or it becomes part of the model and is called later.
#
#   skops trusts what scikit-learn, NumPy and SciPy make models of, and asks for everything else to be named in
#   `trusted`. People name what the error lists, and versions before 0.12 did not ask for all of it. Not being
#   listed does not mean that it is harmful: it means that nobody has looked at it.
# custom:
#   id: serialization/unlisted-node
#   level: deny
#   message: >-
#     A `{loader}` looks up `{name}`{danger}, which is not on the allow list: `skops.io.load` gets it once it is named in `trusted`{times}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [skops]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-54412
package weighbridge.serialization.unlisted_node

import data.weighbridge.lib.offer
import data.weighbridge.lib.serialization

deny contains {"at": record.member, "offset": record.offset, "with": {
	"name": record.name,
	"loader": record.loader,
	"times": serialization.times(record.count),
	"danger": offer.danger(why),
	"allow": offer.entry(record.name, why),
	"remedy": offer.remedy(record.name, why, "Use what scikit-learn offers in its place."),
}} if {
	some record in data.weighbridge.lib.serialization.nodes
	why := serialization.why(record)
}
