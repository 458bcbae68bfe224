# METADATA
# title: The model brings its own Python code
# description: |-
#   The archive is a `torch.package`: besides weights it holds Python modules. `torch.package.PackageImporter`
#   runs them when the model is loaded. The code was not judged.
#
#   Loading the model runs code that came with it, with all the rights of the process that loads it.
# custom:
#   id: executable/package-code
#   level: deny
#   message: >-
#     The archive is a torch.package with Python modules ({files}) that run when it is loaded.
#   remedy: >-
#     Save the weights alone: `torch.save(model.state_dict(), ...)`, or better `safetensors.torch.save_file`, and
#     install the model's code as a package.
#   since: "0.1.0"
#   formats: [torch]
# related_resources:
#   - https://docs.pytorch.org/docs/stable/package.html
package weighbridge.executable.package_code

deny contains {"at": archive, "offset": null, "with": {"files": concat(", ", sort(modules))}} if {
	some archive in packages
	modules := python[archive]
	count(modules) > 0
}

# PackageImporter asks for this entry first (torch/package/package_importer.py).
packages contains file.parent if {
	some file in input.members
	file.parent != null
	endswith(file.path, "/.data/extern_modules")
}

python[file.parent] contains file.name if {
	some file in input.members
	file.parent in packages
	file.extension == "py"
}
