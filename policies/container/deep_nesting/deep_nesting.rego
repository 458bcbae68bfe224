# METADATA
# title: Containers nest too deep
# description: |-
#   Archives lie inside archives, deeper than any real model has them. Reading stopped at the limit, and what
#   lies deeper was not looked at.
#
#   Deep nesting hides content from scanners that give up before the last layer, and unpacking it can fill a
#   disk.
# custom:
#   id: container/deep-nesting
#   level: deny
#   message: >-
#     Containers nest deeper than the limit; what lies inside was not read.
#   remedy: >-
#     Unpack the outer archives and check what is inside, or raise the limit `depth` under `limits:` in `{owner}`.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.deep_nesting

deny contains {"at": record.member, "offset": record.offset, "with": {}} if {
	some record in input.incomplete
	record.kind == "limit"
	record.what == "depth"
}
