# METADATA
# title: Training state in a release
# description: |-
#   The file has tensors that only training needs, such as the moments of an optimizer.
#
#   They make the file several times as large, and they tell more about the training data than the weights do.
# custom:
#   id: release/training-state
#   level: deny
#   message: >-
#     The tensor `{name}` belongs to training.
#   remedy: >-
#     Save the model's own state alone: `model.state_dict()`, without the optimizer's.
#   since: "1"
package weighbridge.release.training_state

deny contains {"at": table.member, "offset": tensor.offset, "with": {"name": tensor.name}} if {
	some table in input.tensors
	some tensor in table.entries
	some prefix in prefixes
	startswith(tensor.name, prefix)
}

# A key that is missing from weighbridge.yaml would leave the rule silent; so there is a value for that case.
prefixes := object.get(data.parameters.custom, "training-prefixes", ["optimizer."])
