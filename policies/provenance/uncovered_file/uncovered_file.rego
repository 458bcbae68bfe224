# METADATA
# title: A file that nobody signed
# description: |-
#   The model is signed, and this file is not among what was signed.
#
#   A signature says nothing of files that were added later. One more file is enough: a pickle beside the
#   signed weights is loaded as they are. Hidden files count too.
# custom:
#   id: provenance/uncovered-file
#   level: deny
#   message: >-
#     No signature covers {name}, and others of the model are signed by {signer}.
#   remedy: >-
#     Remove the file, or have the model signed again with it. If nobody needs to sign it, add it under
#     `uncovered:` of an entry in `signers:` in the `weighbridge.yaml` that lists it, and have that merged
#     first.
#   since: "0.1.0"
package weighbridge.provenance.uncovered_file

import data.weighbridge.lib.signature

deny contains {"at": id, "offset": null, "with": {"name": signature.relative(input.members[id]), "signer": signature.who(seen)}} if {
	some demand in data.weighbridge.lib.signature.demands
	counts := signature.trusted(demand)
	seen := counts[0]
	covered := {id | some one in counts; some id in array.concat(one.covered, one.empty)}
	some id in (demand.wanted - covered) - changed
}

# Where nobody has to sign, a signature of a model is still to hold for all of it.
deny contains {"at": id, "offset": null, "with": {"name": signature.relative(input.members[id]), "signer": signature.who(seen)}} if {
	count(data.weighbridge.lib.signature.demands) == 0
	some seen in input.signatures
	seen.claimed == "model"
	count(seen.covered) + count(seen.changed) > 0
	some id in seen.uncovered
	not id in covered
	not signature.excused(input.members[id])
}

covered := {id | some seen in input.signatures; some id in seen.covered}

changed := {id | some seen in input.signatures; some id in seen.changed}
