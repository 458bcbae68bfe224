# METADATA
# title: A site file runs code
# description: |-
#   A file whose name ends in `.pth` has a line that begins with `import`. In a folder of packages Python runs such lines at every
#   start, whatever program is started.
#
#   Nobody has to load the model: once the file lies among the packages, each Python process runs what it says.
# custom:
#   id: code/site-import
#   level: deny
#   message: >-
#     The site file imports {modules}: Python runs that at every start when the file lies in a folder of packages.
#   remedy: >-
#     Remove the file from the model.
#   since: "0.1.0"
#   formats: [python]
# related_resources:
#   - https://docs.python.org/3/library/site.html
package weighbridge.code.site_import

deny contains {"at": source.member, "offset": null, "with": {"modules": concat(", ", sort(modules))}} if {
	some source in input.code
	source.form == "site"
	modules := {import_.module | some import_ in source.imports}
	count(modules) > 0
}
