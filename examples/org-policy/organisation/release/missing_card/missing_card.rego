# METADATA
# title: A model without a card
# description: |-
#   The directory of a model has no README.md of its own.
#
#   The card says what the model was trained on, what it is for and whom to ask. Without it nobody who finds the files later can
#   tell whether they may be used.
# custom:
#   id: release/missing-card
#   level: warn
#   message: >-
#     `{path}` has no README.md.
#   remedy: >-
#     Add a README.md with the training data, the intended use and an owner.
#   since: "1"
package weighbridge.release.missing_card

warn contains {"at": 0, "offset": null, "with": {"path": input.artifact.path}} if {
	input.artifact.kind == "directory"
	not card
}

card if {
	some file in input.members
	file.origin == "file"
	lower(file.name) == "readme.md"
}
