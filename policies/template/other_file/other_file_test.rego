package weighbridge.template.other_file_test

import data.weighbridge.template.other_file
import data.weighbridge.lib.fixture

loading(name) := fixture.template({"loads": [{"statement": "include", "name": name, "line": 2}]})

test_a_file_by_its_name_fires if count(other_file.deny) == 1 with input as loading("/etc/passwd")

test_a_file_that_is_not_known_fires if count(other_file.deny) == 1 with input as loading(null)

test_a_template_that_stands_alone_is_silent if count(other_file.deny) == 0 with input as fixture.template({})
