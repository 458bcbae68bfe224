# METADATA
# title: A script under a name that promises none
# description: |-
#   The content is a script, and the name says something else: weights, text, a picture. A script whose name
#   promises nothing at all warns; a script under its own name is no finding.
#
#   Nobody reads a file of weights as a program, so a script under such a name is not noticed. It is there to be
#   run by something else.
# custom:
#   id: executable/misnamed-script
#   level: deny
#   message: >-
#     The content is a script, and the name promises {promised}.
#   remedy: >-
#     Give the script its own name (`.py`, `.sh` ...), or remove it from the model.
#   since: "0.1.0"
#   formats: [script]
package weighbridge.executable.misnamed_script

import data.weighbridge.lib.member

deny contains {"at": file.id, "offset": null, "with": {"promised": concat(" or ", file.promised)}} if {
	some file in scripts
	count(file.promised) > 0
	not "script" in file.promised
}

warn contains {"at": file.id, "offset": null, "with": {"promised": "nothing"}} if {
	some file in scripts
	count(file.promised) == 0
}

scripts := [file |
	some file in input.members
	"script" in file.formats
	not member.refined(file, "script")
]
