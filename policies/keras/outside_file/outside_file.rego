# METADATA
# title: A Keras model names a file or an address
# description: |-
#   The configuration names a file or an address outside of the model: the vocabulary of a lookup layer, an origin
#   to download from, a layer's name that climbs out of its folder.
#
#   Loading or running the model opens it. A path reads a file of the machine into the model, an address tells its owner who
#   loads the model and fetches what nobody has checked.
# custom:
#   id: keras/outside-file
#   level: deny
#   message: >-
#     `{place}` names {what} `{target}`, {does}.
#   remedy: >-
#     Save the model as a `.keras` archive, which holds vocabularies in itself, give layers plain names, and fetch what is needed in the program
#     that loads the model.
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-12058
package weighbridge.keras.outside_file

deny contains {"at": seen.member, "offset": seen.offset, "with": {
	"place": seen.name,
	"target": seen.target,
	"what": what,
	"does": does(seen),
}} if {
	some seen in input.references
	seen.format == "keras-config"
	what := words[seen.kind]
}

words := {"file": "the file", "url": "the address"}

# What becomes of it, by the key that it stands under.
does(seen) := "which `keras.models.load_model` opens when it makes a lookup layer of it, before Keras 3.12 whatever `safe_mode` says" if {
	seen.by in {"vocabulary", "vocabulary_path", "vocab_file", "vocabulary_file"}
} else := "which leads out of the folder for the layer's assets and weights, as it is the layer's name" if {
	seen.by == "name"
} else := "which is fetched when the function that it is an argument of is called" if {
	seen.by == "origin"
} else := "which may be opened when the model is loaded or run"
