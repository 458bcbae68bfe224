package weighbridge.loader.editor_command_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.editor_command

named(path, references) := object.union(fixture.base, {
	"members": [
		fixture.lying(0, null, "m", "m"), fixture.lying(1, 0, path, name(path)), fixture.lying(2, 0, "m/bin/run", "run"),
	],
	"references": [object.union(
		{"member": 1, "format": "json", "kind": "command", "leads": "lookup", "to": null, "offset": null, "count": 1},
		one,
	) | some one in references],
})

name(path) := parts[count(parts) - 1] if parts := split(path, "/")

task := [
	{"by": "runOn", "name": "tasks[0].runOptions.runOn", "target": "folderOpen"},
	{"by": "task", "name": "tasks[0].command", "target": "id"},
	{"by": "task", "name": "tasks[1].command", "target": "make"},
]

warned(facts) := found if found := editor_command.warn with input as facts

test_a_task_that_runs_by_itself_warns if {
	some one in warned(named("m/.vscode/tasks.json", task))
	contains(one["with"].what, "`id`")
	not contains(one["with"].what, "make")
	count(warned(named("m/x.code-workspace", array.slice(task, 0, 1)))) == 1
	count(warned(named("m/.VSCode/tasks.json", task))) == 1
}

test_tasks_that_are_asked_for_are_silent if {
	count(warned(named("m/.vscode/tasks.json", array.slice(task, 1, 3)))) == 0
	count(warned(named("m/docs/tasks.json", task))) == 0
}

test_commands_of_a_container_warn if {
	count(warned(named("m/.devcontainer/devcontainer.json", [{"by": "initializeCommand", "name": "initializeCommand", "target": "id"}]))) == 1
}

test_commands_of_an_agent_warn_where_it_looks if {
	server := [{"by": "mcpServers", "name": "mcpServers.x.command", "target": "id"}]
	every path in ["m/.mcp.json", "m/.cursor/mcp.json", "m/.vscode/mcp.json", "m/.gemini/settings.json"] {
		count(warned(named(path, server))) == 1
	}
	every path in ["m/mcp.json", "m/settings.json", "m/docs/settings.json"] {
		count(warned(named(path, server))) == 0
	}
	hook := [{"by": "hooks", "name": "hooks.SessionStart[0].hooks[0].command", "target": "id"}]
	count(warned(named("m/.claude/settings.json", hook))) == 1
	count(warned(named("m/.vscode/settings.json", hook))) == 0
}

program(target) := [{"by": "interpreter", "name": "python.defaultInterpreterPath", "target": target}]

test_a_program_of_the_model_warns if {
	every target in ["./bin/run", "${workspaceFolder}/bin/run", `bin\run`] {
		count(warned(named("m/.vscode/settings.json", program(target)))) == 1
	}
}

test_a_program_that_is_not_there_is_silent if {
	count(warned(named("m/.vscode/settings.json", program("${workspaceFolder}/.venv/bin/python")))) == 0
	count(warned(named("m/settings.json", program("bin/run")))) == 0
}
