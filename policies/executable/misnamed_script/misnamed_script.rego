# METADATA
# title: A script under a name that promises none
# description: >-
#   The content is a script, and its name says something else. Scripts under their own names are told as facts
#   only; one that is named like weights, text or a picture is made to be overlooked. A script whose name promises
#   nothing at all warns.
# custom:
#   id: executable/misnamed-script
#   level: deny
#   message: >-
#     The content is a script, and the name promises {promised}.
#   remedy: >-
#     Give the script its own name (`.py`, `.sh` ...), or remove it from the model.
#   since: "0.1.0"
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
