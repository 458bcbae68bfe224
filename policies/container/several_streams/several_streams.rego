# METADATA
# title: More than one compressed stream in a row
# description: |-
#   Several compressed streams stand one after the other. All of them were read and judged.
#
#   Most programs join them, and some read only the first. Parallel compressors such as pigz write such files,
#   so it is a warning; but what follows the first stream is not seen by everyone.
# custom:
#   id: container/several-streams
#   level: warn
#   message: >-
#     The {format} content is made of several streams: {found}.
#   remedy: >-
#     Nothing to do if a parallel or appending compressor wrote it (pigz, bgzip, cat); otherwise compress the file
#     again as one stream.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.several_streams

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("several-streams")
	not lines(seen)
}

# One value a line is what JSON lines are, and every reader of theirs takes all of them.
lines(seen) if {
	seen.format == "json"
	some member in input.members
	member.id == seen.member
	member.extension in {"jsonl", "jsonlines", "ndjson"}
}
