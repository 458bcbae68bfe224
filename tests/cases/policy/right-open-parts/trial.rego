# METADATA
# title: A trial
# description: Only for a test.
# custom:
#   id: own/trial
#   level: deny
#   message: "Found {what}."
#   remedy: Nothing.
#   since: "0.1.0"
package weighbridge.own.trial

deny contains {"at": 0, "offset": null, "with": {"what": "x"}} if {
	input.signatures[0].claims.anything == "x"
	some t in input.signatures
	t.claims["goes"] == "x"
	json.unmarshal(input.artifact.path).some.key == 3
}
