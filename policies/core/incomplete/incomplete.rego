# METADATA
# title: Not all of it was read
# description: |-
#   A part of the model could not be read, so nothing can be said about that part.
#
#   What was not read is not passed. The program that loads the model may still get to that part, and run what
#   is there. A document for people (PDF) beside other files, by its own name, only warns: nothing that loads models opens it.
# custom:
#   id: core/incomplete
#   level: deny
#   message: >-
#     {said}{times}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
package weighbridge.core.incomplete

import data.weighbridge.lib.member

deny contains finding(record, remedy(record)) if {
	some record in input.incomplete
	not told_elsewhere(record)
	not document(record)
}

warn contains finding(record, "Remove the document from the model if nobody needs it there; it cannot be signed for.") if {
	some record in input.incomplete
	document(record)
}

finding(record, advice) := {"at": record.member, "offset": record.offset, "with": {
	"said": said(record),
	"times": times(record),
	"remedy": advice,
}}

document(record) if {
	record.kind == "unsupported"
	record.format in data.families.documents
	file := input.members[record.member]

	# A shell runs a script that begins as a PDF and has another name.
	record.format in file.promised
	member.harmless(file)
	member.beside(file)
}

# What other rules say better.
told_elsewhere(record) if record.kind in {"unknown-format", "pointer", "changed", "encrypted"}

told_elsewhere(record) if {
	record.kind == "limit"
	record.what in {"ratio", "decoded", "depth"}
}

# `pickle/broken-stream` says where the stream of the same reader ended.
told_elsewhere(record) if {
	record.kind in {"truncated", "malformed"}
	record.format in data.families.opcodes
	record.member in broken
}

broken contains pickle.member if {
	some pickle in input.pickles
	not pickle.ended.kind in {"stop", "limit"}
}

said(record) := sprintf("The %s content is %s", [record.format, record.what]) if {
	recognised(record)
} else := sprintf("%s: %s", [why(record), record.what])

# No reader is written for it.
recognised(record) if {
	record.kind == "unsupported"
	record.format != null
	startswith(record.what, "recognised and not read: ")
}

why(record) := sprintf("The %s content was not read whole, it %s", [record.format, words[record.kind]]) if record.format != null

why(record) := sprintf("The content was not read whole, it %s", [words[record.kind]]) if record.format == null

words := {
	"limit": "reached a limit",
	"truncated": "ends too early",
	"malformed": "breaks its format",
	"unsupported": "is of a kind that is not read yet",
	"unreadable": "could not be opened or read",
	"not-a-file": "is no regular file",
	"internal": "made the reader stop",
}

# The ceiling of the facts is about many files or records, where no single file is too large.
remedy(record) := "There is more to tell of it than is kept, and what is beyond was not judged. Check its parts by themselves, folder by folder, or raise `facts` under `limits:` in `weighbridge.yaml` and check it again." if {
	beyond(record)
}

remedy(record) := remedies[record.kind] if {
	not beyond(record)
	record.kind != "unsupported"
}

remedy(record) := elsewhere(record) if record.kind == "unsupported"

beyond(record) if {
	record.kind == "limit"
	record.what == "facts"
}

remedies := {
	"limit": "If the file is genuine, raise that limit under `limits:` in `weighbridge.yaml` and check it again.",
	"truncated": "The file is damaged or was cut off. Fetch or save it again and check the new file.",
	"malformed": "The file is damaged, or made to be read by one program only. Save it again with the library that made it.",
	"unreadable": "Make the file readable for the user that runs the check, and check it again.",
	"not-a-file": "Remove the device, pipe or socket from the model's folder.",
	"internal": "This is a defect of weighbridge. Please report the shape of the file; until then it cannot pass.",
}

# What to do in place of reading it.
elsewhere(record) := "Write it so that a current Python takes it, or leave it out of the model." if {
	record.format in {"python", "pyc", "script"}
} else := "Save it as UTF-8, and check the new file." if {
	contains(record.what, "XML")
} else := "Check the `.onnx` or `saved_model.pb` that it was made of, and deliver that." if {
	record.format in {"onnx", "tensorflow"}
	recognised(record)
} else := "Check the model that it was built from. The built file itself is accepted by a waiver only (`weighbridge waive`)." if {
	record.format in {"tensorrt", "rknn", "mnn", "tvm", "coreml-compiled"}
} else := "Take it out of the model, or unpack it and check what is in it." if {
	record.format in {"pdf", "rar", "sqlite"}
} else := "Pack it again by an ordinary method, or unpack it and check what is in it." if {
	record.format in data.families.containers
} else := "Write it in a simpler way, or leave it out of the model." if {
	record.format in {"text", "json", "yaml", "jinja", "model-card", "triton-config", "git-config"}
} else := "Convert the model to a format that is read (`weighbridge formats` lists them), for example safetensors."

times(record) := sprintf(" (%d times)", [record.count]) if record.count > 1

times(record) := "" if record.count <= 1
