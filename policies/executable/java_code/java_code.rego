# METADATA
# title: Java code lies in the model
# description: |-
#   The content is a Java class, a jar with classes in it, or a model that H2O wrote as Java source (a POJO). A jar is one
#   finding, however many classes it holds.
#
#   A model is data. H2O compiles and runs a POJO when it is imported, and a class beside a model is there to be put on
#   the class path of what loads it, where it can do whatever the user can. H2O's own `h2o-genmodel.jar` is
#   a library, and belongs into what deploys the model, not into the model.
# custom:
#   id: executable/java-code
#   level: deny
#   message: >-
#     The content {what}: code for the Java virtual machine.
#   remedy: >-
#     Save the model as a MOJO (`model.download_mojo()`), and install libraries as packages. Remove the code from the model.
#   since: "0.1.0"
#   formats: [java-class, h2o-pojo, zip]
# related_resources:
#   - https://docs.h2o.ai/h2o/latest-stable/h2o-docs/productionizing.html
package weighbridge.executable.java_code

deny contains {"at": file.id, "offset": null, "with": {"what": "is a Java class"}} if {
	some file in input.members
	"java-class" in file.formats
	not packed(file)
}

deny contains {"at": jar, "offset": null, "with": {"what": holds(count(classes))}} if {
	some jar, classes in jars
}

deny contains {"at": file.id, "offset": null, "with": {"what": "is a model of H2O as Java source, which is compiled and run when it is imported"}} if {
	some file in input.members
	"h2o-pojo" in file.formats
}

# Classes by the archive that holds them.
jars[file.parent] contains file.id if {
	some file in input.members
	"java-class" in file.formats
	packed(file)
}

packed(file) if {
	file.parent != null
	file.origin == "entry"
}

holds(1) := "holds a Java class"

holds(number) := sprintf("holds %d Java classes", [number]) if number > 1
