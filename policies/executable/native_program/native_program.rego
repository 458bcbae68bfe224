# METADATA
# title: A program lies in the model
# description: |-
#   The content is a program or a native library, for some processor or operating system.
#
#   A model is data and needs no program. One that lies among the weights is there to be run, and it can do
#   whatever the user can who runs it.
# custom:
#   id: executable/native-program
#   level: deny
#   message: >-
#     The content is a program ({format}).
#   remedy: >-
#     Remove the program from the model. If the model's code needs a native library, install it as a package.
#   since: "0.1.0"
#   formats: [programs]
package weighbridge.executable.native_program

import data.weighbridge.lib.member

deny contains {"at": id, "offset": null, "with": {"format": concat(" and ", sort(formats))}} if {
	some id, formats in programs
}

# Formats of programs by member.
programs[file.id] contains format if {
	some file in input.members
	some format in file.formats
	format in data.families.programs
	not member.refined(file, format)
}

programs[record.member] contains record.format if {
	some record in input.executables
	record.format in data.families.programs
}
