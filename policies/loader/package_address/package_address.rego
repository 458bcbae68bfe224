# METADATA
# title: A list of packages names an address
# description: |-
#   A list of what the model needs (`requirements.txt`, `conda.yaml`, `python_env.yaml`, `pyproject.toml`, `setup.cfg`) names an address, a repository, a
#   folder, or another place where packages are looked for, or a build backend of its own, and not only packages by their names and versions.
#
#   Whoever installs the list runs what lies there: packages run code while they are built, and in every program that imports them. Nobody but the
#   owner of that address decides what it is, today and later.
# custom:
#   id: loader/package-address
#   level: warn
#   message: >-
#     {by} is `{target}`: {loader} {does}.
#   remedy: >-
#     {remedy}
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
	"remedy": remedy(reference.by),
}} if {
	some reference in input.references
	reference.kind == "package"
	way := data.loaders.packages.ways[reference.by]
	not known(reference.target)
}

remedy(by) := "Take the build backend from a package (`build-backend = \"setuptools.build_meta\"`) and remove `backend-path`." if {
	by == "backend-path"
} else := "Name the package and its version alone, and let whoever installs it decide on the index. If the address is meant, look at what lies there, and install by the hash of the file (`--require-hashes`)."

# A line has no name of its own, a key has.
place(reference) := sprintf("The %s", [words(reference.by)]) if {
	reference.name == null
} else := sprintf("The %s of %s", [words(reference.by), reference.name]) if {
	startswith(reference.name, "line ")
} else := sprintf("The %s of `%s`", [words(reference.by), reference.name]) if {
	not endswith(reference.name, "]")
	not endswith(reference.name, reference.by)
} else := sprintf("`%s`", [reference.name])

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
