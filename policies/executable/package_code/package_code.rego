# METADATA
# title: The model brings its own code
# description: |-
#   The archive is a `torch.package`: besides weights it holds Python modules. `torch.package.PackageImporter`
#   runs them when the model is loaded. Or it is a package of AOTInductor with sources and the flags to compile them:
#   `torch._inductor.package.load_package` runs the compiler that these flags name, and then the library that it made.
#   The code was not judged.
#
#   Loading the model runs code that came with it, with all the rights of the process that loads it.
# custom:
#   id: executable/package-code
#   level: deny
#   message: >-
#     The archive {what} ({files}) that {runs} when it is loaded.
#   remedy: >-
#     Save the weights alone: `torch.save(model.state_dict(), ...)`, or better `safetensors.torch.save_file`, and
#     install the model's code as a package. Compile a model of AOTInductor on the machine that runs it.
#   since: "0.1.0"
#   formats: [torch, pt2]
# related_resources:
#   - https://docs.pytorch.org/docs/stable/package.html
package weighbridge.executable.package_code

deny contains {"at": archive, "offset": null, "with": {
	"files": concat(", ", sort(modules)), "what": "is a torch.package with Python modules", "runs": "run",
}} if {
	some archive in packages
	modules := python[archive]
	count(modules) > 0
}

deny contains {"at": archive, "offset": null, "with": {
	"files": concat(", ", sort(files)), "what": "holds a compiler's command", "runs": "runs",
}} if {
	some archive, files in commands
}

# What PyTorch compiles a package by that holds sources (torch/_inductor/package/package.py, `compile_so`; 2.5).
commands[file.parent] contains file.name if {
	some file in input.members
	file.parent != null
	regex.match(`_(compile|linker)_flags\.json$`, file.name)
	contains(file.path, "data/aotinductor/")
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
