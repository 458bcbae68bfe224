# METADATA
# title: A model without a model card
# description: >-
#   A model is shipped as a directory with a README.md that says what it was trained on, by whom, and for what. Without
#   one nobody can say later whether the model may be used, or where it came from.
# custom:
#   id: org/model-card
#   level: deny
#   message: >-
#     There is no README.md in the model's directory.
#   remedy: >-
#     Write a model card and put it into the directory as README.md.
#   since: "1"
# related_resources:
#   - https://huggingface.co/docs/hub/model-cards
package weighbridge.org.model_card

deny contains {"at": 0, "offset": null, "with": {}} if {
	input.artifact.kind == "directory"
	not described
}

described if {
	some file in input.members
	file.origin == "file"
	lower(file.name) == "readme.md"
}
