# METADATA
# title: A signer whose time is over, or has not begun
# description: |-
#   The signature is by one who is named, outside of the days for which that was said.
#
#   A key that was replaced may have been stolen since. Where nothing proves when a signature was made, it is
#   held against today: a stolen key can sign at any time.
# custom:
#   id: provenance/expired-signer
#   level: deny
#   message: >-
#     The signature {signature} is by {signer}, who does not count at {moment}.
#   remedy: >-
#     Have the model signed again by a signer who counts now. `from` and `until` of each stand in `signers:`
#     in the `weighbridge.yaml` that lists it.
#   since: "0.1.0"
package weighbridge.provenance.expired_signer

import data.weighbridge.lib.signature

deny contains {"at": 0, "offset": null, "with": {"signature": seen.path, "signer": signature.who(seen), "moment": concat(", ", signature.moments(seen))}} if {
	some demand in data.weighbridge.lib.signature.unmet
	some seen in signature.over(demand)
	not signature.altered(seen)
	signature.known(demand, seen)
	not in_force(demand, seen)
}

in_force(demand, seen) if {
	some signer in demand.entry.by
	signature.named(signer, seen)
	signature.in_force(signer, seen)
}
