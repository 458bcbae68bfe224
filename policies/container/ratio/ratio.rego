# METADATA
# title: Content grows too much when it is decoded
# description: |-
#   Decompressing was stopped, because the content grew far more than real weights do. What lies behind that
#   place was not read.
#
#   Archive bombs are made in this way: a small file that fills the memory or the disk of whatever opens it.
# custom:
#   id: container/ratio
#   level: deny
#   message: >-
#     Decoding stopped at the limit `{what}`: the content grows far more than weights do.
#   remedy: >-
#     If the file is genuine, store it without compression and check it again, or raise the limit `{what}` under
#     `limits:` in `{owner}`.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.ratio

deny contains {"at": record.member, "offset": record.offset, "with": {"what": record.what}} if {
	some record in input.incomplete
	record.kind == "limit"
	record.what in {"ratio", "decoded"}
}
