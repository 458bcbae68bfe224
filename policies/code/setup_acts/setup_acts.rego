# METADATA
# title: Installing the model's package acts
# description: |-
#   A `setup.py` starts a program, speaks to another machine, runs a text as Python, or loads a native library or a pickle when
#   it is run, not only when a function of it is called later.
#
#   `pip install` runs `setup.py` with the rights of whoever installs, before anything was looked at.
# custom:
#   id: code/setup-acts
#   level: warn
#   message: >-
#     Installing runs {call}, which {reason}.
#   remedy: >-
#     Install nothing from this folder before you have read its `setup.py`; describe the package in `pyproject.toml` instead.
#   since: "0.1.0"
#   formats: [python, script]
# related_resources:
#   - https://setuptools.pypa.io/en/latest/userguide/quickstart.html
package weighbridge.code.setup_acts

import data.weighbridge.lib.code

warn contains {"at": source.member, "offset": null, "with": {"call": code.told(source, call, family), "reason": data.python.families[family].reason}} if {
	some source in input.code
	input.members[source.member].name == "setup.py"
	some call in source.calls
	call.runs in data.weighbridge.lib.code.started
	some family in code.possible(source, call)
}
