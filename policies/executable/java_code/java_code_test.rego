package weighbridge.executable.java_code_test

import data.weighbridge.executable.java_code
import data.weighbridge.lib.fixture

test_a_class_fires if {
	count(java_code.deny) == 1 with input as fixture.one({"name": "A.class", "formats": ["java-class"]})
}

test_a_jar_fires_once if {
	facts := fixture.inside({"name": "a.jar", "formats": ["zip"]}, {"name": "A.class", "formats": ["java-class"]})
	java_code.deny == {{"at": 0, "offset": null, "with": {"what": "holds a Java class"}}} with input as facts
	second := object.union(facts.members[1], {"id": 2})
	two := object.union(facts, {"members": array.concat(facts.members, [second])})
	java_code.deny == {{"at": 0, "offset": null, "with": {"what": "holds 2 Java classes"}}} with input as two
}

test_a_model_as_source_fires if {
	count(java_code.deny) == 1 with input as fixture.one({"name": "Gbm.java", "formats": ["h2o-pojo", "text"]})
}

test_a_model_is_silent if {
	count(java_code.deny) == 0 with input as fixture.one({"name": "gbm.zip", "formats": ["zip", "h2o-mojo"]})
}
