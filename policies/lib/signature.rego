# Signatures, and what the configuration asks of them. Who is trusted is decided here and nowhere else.
package weighbridge.lib.signature

# The entries of `signers:` that the artifact is held to, each with the files that it wants signed.
demands contains {"entry": entry, "wanted": files} if {
	some entry in data.signers
	files := wanted(entry)
	count(files) > 0
}

# Whether an entry is about the whole artifact.
of_all(entry) if count(entry.paths) == 0

of_all(entry) if of_path(entry, input.artifact.path)

# A pattern holds for a path when it matches any run of its parts, so that it does not matter from where the artifact was named. That
# can only ask for more signatures.
of_path(entry, path) if {
	some pattern in entry.paths
	some run in runs(path)
	glob.match(trim_suffix(pattern, "/"), ["/"], run)
}

runs(path) := {concat("/", array.slice(names, first, last + 1)) |
	names := split(path, "/")
	some first, _ in names
	some last, _ in names
	last >= first
}

# The files on disk, without the signatures among them.
files := [member |
	some member in input.members
	on_disk(member)
	not member.id in signatures
]

on_disk(member) if member.origin == "file"

on_disk(member) if {
	member.origin == "named"
	input.artifact.kind == "file"
}

signatures := {seen.member |
	some seen in input.signatures
	seen.kind != null
	input.members[seen.member].path == seen.path
}

# The files that an entry wants signed.
wanted(entry) := {file.id |
	some file in files
	asked(entry, file)
	not left_out(file)
	not accepted(entry, file)
}

asked(entry, _) if of_all(entry)

asked(entry, file) if of_path(entry, file.path)

# What nobody needs to sign: by the list, and only where it is nothing else but text.
left_out(file) if {
	data.signatures.left_out[relative(file)]
	every format in file.formats { format in {"text", "empty"} }
}

accepted(entry, file) if {
	some pattern in entry.uncovered
	names := split(relative(file), "/")
	some last, _ in names
	glob.match(trim_suffix(pattern, "/"), ["/"], concat("/", array.slice(names, 0, last + 1)))
}

# Whether the configuration lets a file be without a signature.
excused(file) if left_out(file)

excused(file) if {
	some entry in data.signers
	asked(entry, file)
	accepted(entry, file)
}

# A file's name below the artifact.
relative(file) := trim_prefix(file.path, concat("", [trim_suffix(input.artifact.path, "/"), "/"]))

# The signatures that count for an entry.
trusted(demand) := [seen |
	some seen in over(demand)
	some signer in demand.entry.by
	named(signer, seen)
	in_force(signer, seen)
	timed(demand, seen)
]

# The signatures that are over any of the files that an entry wants signed.
over(demand) := [seen |
	some seen in input.signatures
	of_origin(seen)
	count({id | some id in array.concat(seen.covered, seen.changed)} & demand.wanted) > 0
]

# Whether it says where the model comes from. The same signer's attestation of a failed test is signed as well, and vouches for nothing.
of_origin(seen) if seen.claimed in {"model", "content"}

of_origin(seen) if {
	seen.claimed == "statement"
	data.signatures.origins[seen.predicate_type]
}

# Whether an entry names the one who signed.
known(demand, seen) if {
	some signer in demand.entry.by
	named(signer, seen)
}

named(signer, seen) if {
	seen.authentic
	signer.fingerprint != null
	seen.key == signer.fingerprint
}

named(signer, seen) if {
	same_identity(signer, seen)
	seen.issuer == signer.issuer
}

named(signer, seen) if {
	seen.authentic
	seen.kind == "certificate"
	signer.authority != null
	seen.trust_root == signer.authority
	of_subject(signer, seen)
}

of_subject(signer, _) if signer.subject == null

of_subject(signer, seen) if seen.subject == signer.subject

# An identity is proven by the instance that is named, whoever vouched for it there.
same_identity(signer, seen) if {
	same_root(signer, seen)
	signer.identity != null
	seen.identity == signer.identity
}

same_identity(signer, seen) if {
	same_root(signer, seen)
	signer.pattern != null
	regex.match(signer.pattern, seen.identity)
}

same_root(signer, seen) if {
	seen.authentic
	seen.kind == "keyless"
	signer.root != null
	seen.trust_root == signer.root
}

# A signer counts from one day to another: at the times that are proven, and where none is, now.
in_force(signer, seen) if {
	every moment in moments(seen) {
		begun(signer, moment)
		lasting(signer, moment)
	}
}

moments(seen) := [time.at | some time in seen.times] if count(seen.times) > 0

moments(seen) := [input.evaluated_at] if count(seen.times) == 0

begun(signer, _) if signer.from == null

begun(signer, moment) if signer.from <= moment

lasting(signer, _) if signer.until == null

lasting(signer, moment) if moment < signer.until

timed(demand, _) if demand.entry.timed == false

timed(_, seen) if count(seen.times) > 0

# The entries for which no signature counts.
unmet contains demand if {
	some demand in demands
	count(trusted(demand)) == 0
}

# A signature that is understood, and broken.
altered(seen) if {
	some refused in seen.refusals
	data.signatures.altered[refused.reason]
}

# Signatures that are whole, and by nobody whom an unmet entry names; with what is nearest.
strangers contains {"seen": seen, "demand": demand, "wrong": wrong(demand, seen)} if {
	some demand in unmet
	some seen in over(demand)
	not altered(seen)
	not known(demand, seen)
}

wrong(demand, seen) := "issuer" if {
	some signer in demand.entry.by
	same_identity(signer, seen)
}

else := "identity" if {
	some signer in demand.entry.by
	same_root(signer, seen)
	seen.issuer == signer.issuer
}

else := "signer"

# Who is meant to sign, in words.
expected(demand) := concat(", or ", sort([words(signer) | some signer in demand.entry.by]))

words(signer) := concat("", ["key sha256:", signer.fingerprint]) if signer.fingerprint != null

words(signer) := signer.identity if signer.identity != null

words(signer) := concat("", ["an identity like ", signer.pattern]) if signer.pattern != null

words(signer) := concat("", ["a certificate of the authority ", signer.authority]) if signer.authority != null

# Who signed, in words.
who(seen) := seen.identity if seen.identity != null

else := seen.subject if seen.subject != null

else := concat("", ["key sha256:", seen.key]) if seen.key != null

else := concat("", ["somebody who is not known: ", reasons(seen)])

reasons(seen) := concat("; ", [refused.what | some refused in seen.refusals; refused.reason != "file-uncovered"])
