# METADATA
# title: A list of packages names an address
# description: |-
#   A list of what the model needs (`requirements.txt`, `conda.yaml`, `python_env.yaml`, `pyproject.toml`, `setup.cfg`) names an address, a repository, a
#   folder, or another place where packages are looked for, and not only packages by their names and versions.
#
#   Whoever installs the list runs what lies there: packages run code while they are built, and in every program that imports them. Nobody but the
#   owner of that address decides what it is, today and later.
# custom:
#   id: loader/package-address
#   level: warn
#   message: >-
#     {by} is `{target}`: {loader} {does}.
#   remedy: >-
#     Name the package and its version alone, and let whoever installs it decide on the index. If the address is meant, look at what lies there, and install
#     by the hash of the file (`--require-hashes`).
#   since: "0.1.0"
#   formats: [text, yaml]
# related_resources:
#   - https://pip.pypa.io/en/stable/reference/requirements-file-format/
#   - https://pip.pypa.io/en/stable/topics/secure-installs/
package weighbridge.loader.package_address

warn contains {"at": reference.member, "offset": reference.offset, "with": {
	"by": place(reference),
	"target": reference.target,
	"loader": way.loader,
	"does": way.does,
}} if {
	some reference in input.references
	reference.kind == "package"
	way := data.loaders.packages.ways[reference.by]
	not known(reference.target)
}

place(reference) := sprintf("The %s of %s", [words(reference.by), reference.name]) if reference.name != null

place(reference) := sprintf("The %s", [words(reference.by)]) if reference.name == null

words(by) := sprintf("option `%s`", [by]) if startswith(by, "-")

words(by) := by if by in {"requirement", "channel", "dependency"}

words(by) := sprintf("entry `%s`", [by]) if {
	not startswith(by, "-")
	not by in {"requirement", "channel", "dependency"}
}

# A place that everybody takes packages from.
known(target) if {
	some address, _ in data.loaders.packages.known
	within(target, address)
}

within(target, address) if target == address

within(target, address) if {
	startswith(target, concat("", [address, "/"]))
	not contains(target, "/../")
}
