# Templates: where they stand, and names that belong to Python.
package weighbridge.lib.template

place(one) := "The template" if one.key == null

place(one) := sprintf("The template at `%s`", [one.key]) if {
	one.key != null
	one.name == null
}

place(one) := sprintf("The template `%s` at `%s`", [one.name, one.key]) if {
	one.key != null
	one.name != null
}

# A name that reaches into Python. An item may begin with one underscore: a message is a dictionary with any keys.
inner(access) if {
	access.name != null
	contains(access.name, "__")
}

inner(access) if {
	access.name != null
	startswith(access.name, "_")
	access.via != "item"
}

inner(access) if access.name in object.keys(data.templates.internals)

# A text that is a special name, or holds one of Python's.
special(text) if regex.match(`^__[A-Za-z0-9_]*[A-Za-z0-9]__$`, text)

special(text) if {
	some name in object.keys(data.templates.special)
	contains(text, name)
}
