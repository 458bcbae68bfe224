package weighbridge.code.site_import_test

import data.weighbridge.code.site_import
import data.weighbridge.lib.fixture

test_a_line_that_runs_fires if {
	facts := fixture.coded("x.pth", {"form": "site", "imports": [{"module": "os", "name": null, "bound": null, "to": [], "place": "module", "runs": "import", "line": 1, "count": 1}]})
	count(site_import.deny) == 1 with input as facts
}

test_paths_are_silent if {
	count(site_import.deny) == 0 with input as fixture.coded("x.pth", {"form": "site"})
}
