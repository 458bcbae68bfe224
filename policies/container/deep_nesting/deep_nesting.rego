# METADATA
# title: Containers nest too deep
# description: >-
#   Archives lie in archives deeper than any real model has them. What lies deeper was not read.
# custom:
#   id: container/deep-nesting
#   level: deny
#   message: >-
#     Containers nest deeper than the limit; what lies inside was not read.
#   remedy: >-
#     Unpack the outer archives and check what is inside, or raise the limit `depth` under `limits:` in `{owner}`.
#   since: "0.1.0"
package weighbridge.container.deep_nesting

deny contains {"at": record.member, "offset": record.offset, "with": {}} if {
	some record in input.incomplete
	record.kind == "limit"
	record.what == "depth"
}
