# METADATA
# title: The model brings its own TorchScript code
# description: |-
#   The archive is a TorchScript model: it holds code that `torch.load` and `torch.jit.load` run. The code was
#   listed, and what its operators do is not judged yet.
#
#   TorchScript's operators can read and write files. In PyTorch up to 2.5.1 the code runs also with
#   `weights_only=True` (CVE-2025-32434).
# custom:
#   id: executable/torchscript-code
#   level: deny
#   message: >-
#     The archive holds TorchScript code{files} that runs when it is loaded.
#   remedy: >-
#     Save the weights alone: `torch.save(model.state_dict(), ...)`, or better `safetensors.torch.save_file`, and
#     rebuild the model from its class.
#   since: "0.1.0"
#   formats: [torchscript]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-32434
package weighbridge.executable.torchscript_code

deny contains {"at": file.id, "offset": null, "with": {"files": words(file)}} if {
	some file in input.members
	"torchscript" in file.formats
}

# TorchScript code that no such archive holds.
deny contains {"at": source.member, "offset": null, "with": {"files": ""}} if {
	some source in input.code
	source.language == "torchscript"
	not held(source)
}

held(source) if "torchscript" in input.members[input.members[source.member].parent].formats

words(file) := sprintf(" (%d files)", [count(held_by(file))]) if count(held_by(file)) > 0

words(file) := "" if count(held_by(file)) == 0

# The engine leaves a table without entries undefined.
held_by(file) := sources[file.id] if {
	sources[file.id]
} else := set()

# Code by the member that holds it.
sources[input.members[source.member].parent] contains source.member if {
	some source in input.code
}
