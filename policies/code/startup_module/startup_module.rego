# METADATA
# title: A module that Python imports at every start
# description: |-
#   A file has the name of a module that Python imports by itself when it starts (`sitecustomize.py`, `usercustomize.py`), or
#   a folder of that name is a package.
#
#   When its folder is on Python's path, as the working directory often is, each Python process runs it before anything else.
# custom:
#   id: code/startup-module
#   level: deny
#   message: >-
#     {name} is imported by each Python process that finds it on its path.
#   remedy: >-
#     Remove the file, or give it another name if the model needs it.
#   since: "0.1.0"
#   formats: [python, script, pyc]
# related_resources:
#   - https://docs.python.org/3/library/site.html
package weighbridge.code.startup_module

deny contains {"at": source.member, "offset": null, "with": {"name": name}} if {
	some source in input.code
	file := input.members[source.member]
	name := module(file)
	data.python.startup[name]
}

module(file) := file.name if file.name != "__init__.py"

# A folder is a module by this file in it.
module(file) := sprintf("%s.py", [folder]) if {
	file.name == "__init__.py"
	parts := regex.split(`[/!]`, file.path)
	folder := parts[count(parts) - 2]
}
