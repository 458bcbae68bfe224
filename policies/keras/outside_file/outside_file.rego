# METADATA
# title: A Keras model names a file or an address
# description: |-
#   The configuration names a file or an address outside of the model: the vocabulary of a lookup layer, an origin
#   to download from, a layer's name that climbs out of its folder.
#
#   Loading the model opens it. A path reads a file of the machine into the model, an address tells its owner who
#   loads the model and fetches what nobody has checked.
# custom:
#   id: keras/outside-file
#   level: deny
#   message: >-
#     `{place}` names {what} `{target}`, which `keras.models.load_model` may open when it makes the layer: lookup layers did so before Keras 3.12 whatever `safe_mode` says.
#   remedy: >-
#     Save the model as a `.keras` archive, which holds vocabularies in itself, and give layers plain names.
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-12058
package weighbridge.keras.outside_file

deny contains {"at": seen.member, "offset": seen.offset, "with": {"place": seen.name, "target": seen.target, "what": what}} if {
	some seen in input.references
	seen.format == "keras-config"
	what := words[seen.kind]
}

words := {"file": "the file", "url": "the address"}
