# METADATA
# title: Python's unpicklers read the pickle differently
# description: |-
#   Python has two programs that load pickles, one written in C and one in Python, and they read this pickle
#   differently: one calls what the other does not, or stops where the other goes on.
#
#   No tool writes such a pickle by accident. Scanners that are built on one of the two miss what the other one
#   runs.
# custom:
#   id: pickle/several-readings
#   level: deny
#   message: >-
#     The unpicklers of Python read this pickle differently.
#   remedy: >-
#     Do not load this file. Save the model again with the library that made it.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.several_readings

deny contains {"at": one.member, "offset": one.offset, "with": {}} if {
	some one in input.pickles
	one.reading in apart
	not same(one)
}

# Readings that stand beside another only where they differ from it.
apart := {"cpython-c", "cpython-python", "cpython-file"}

same(one) if {
	some other in streams[sprintf("%d %d", [one.member, one.stream])]
	other.reading != one.reading
	other.reading in apart | {"cpython"}
	other.imports == one.imports
	other.calls == one.calls
	other.persistent == one.persistent
	other.extensions == one.extensions
	other.ended == one.ended
}

# Readings of one stream.
streams[place] contains stream if {
	some stream in input.pickles
	place := sprintf("%d %d", [stream.member, stream.stream])
}
