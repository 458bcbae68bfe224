# METADATA
# title: A template says something when a certain word is used
# description: |-
#   The template has a sentence of its own that it tells the model only when what somebody says holds a certain
#   word or phrase.
#
#   Whoever chats with the model does not see it. Ordinary templates look for marks of their own, such as
#   `</think>`, and not for words of a language; a hidden sentence can make the model give bad advice on one topic.
# custom:
#   id: template/hidden-text
#   level: warn
#   message: >-
#     {place}, line {line}: when what is said has to do with `{word}`, it tells the model: "{text}".
#   remedy: >-
#     Read the sentence, and ask the model's makers what it is for. A system prompt is the place for instructions.
#   since: "0.1.0"
#   formats: [templates]
package weighbridge.template.hidden_text

import data.weighbridge.lib.template

warn contains {"at": one.member, "offset": null, "with": {
	"place": template.place(one),
	"line": said.line,
	"word": words[0],
	"text": substring(said.text, 0, 200),
}} if {
	some one in input.templates
	some said in one.texts
	words := [condition.text | some condition in said.conditions; natural(condition)]
	count(words) > 0
	regex.match(`([A-Za-z']+[ ,.;:]+){4}[A-Za-z']+`, said.text)
}

# A word or phrase of a language, looked for in what somebody says.
natural(condition) if {
	condition.on in object.keys(data.templates.fields)
	regex.match(`^[A-Za-z0-9 ,.'-]*[A-Za-z]{3}[A-Za-z0-9 ,.'-]*$`, condition.text)
}
