# METADATA
# title: TorchScript code that was not read
# description: |-
#   The archive holds code of TorchScript that `torch.load` and `torch.jit.load` run, and which operators it calls could
#   not be told: it breaks off, is no text, or gives the operators other names. Code that was read is judged by its
#   operators and is not meant here.
#
#   TorchScript's operators can read and write files. In PyTorch up to 2.5.1 the code runs also with
#   `weights_only=True` (CVE-2025-32434).
# custom:
#   id: executable/torchscript-code
#   level: deny
#   message: >-
#     The TorchScript code runs when it is loaded, and which operators it calls cannot be told.
#   remedy: >-
#     Save the weights alone: `torch.save(model.state_dict(), ...)`, or better `safetensors.torch.save_file`, and
#     rebuild the model from its class.
#   since: "0.1.0"
#   formats: [torchscript, torchscript-code]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-32434
package weighbridge.executable.torchscript_code

deny contains {"at": source.member, "offset": null, "with": {}} if {
	some source in input.code
	source.language == "torchscript"
	not source.member in read
	not "empty" in input.members[source.member].formats
}

# Code whose operators are all known.
read contains graph.member if {
	some graph in input.graphs
	graph.format == "torchscript-code"
	graph.complete
}
