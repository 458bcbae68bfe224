"""Reads the reviewed tables: groups of globals become one entry each, and every word of an entry is from a closed list."""

import itertools

KINDS = {"any", "text", "bytes", "number", "none", "list", "tuple", "dict", "attribute-name", "listed-class", "listed-function",
         "listed-callable", "listed-object", "state", "tensor"}
STATES = {"dict", "distribution", "no-methods", "partial"}
USES = ("call", "new", "build", "reference")


def expand(groups: list[dict]) -> list[dict]:
    entries = []
    for group in groups:
        for name in names(group):
            entry = {"global": name, "as": sorted(group["as"], key=USES.index), "reason": group["reason"], "source": group["source"]}
            for key in ("arguments", "state"):
                if key in group:
                    entry[key] = group[key]
            if group.get("historic"):
                entry["historic"] = True
            validate(entry)
            entries.append(entry)
    entries.sort(key=lambda e: (e["global"], e["as"], e.get("arguments", [])))
    return entries


def names(group: dict) -> list[str]:
    each = group.get("each", {})
    found = []
    for choice in itertools.product(*each.values()):
        values = dict(zip(each, choice))
        found += [template.format(**values) if each else template for template in group["globals"]]
    return sorted(set(found))


def validate(entry: dict) -> None:
    where = entry["global"]
    if not set(entry["as"]) <= set(USES) or not entry["as"]:
        raise SystemExit(f"{where}: as {entry['as']}")
    for index, condition in enumerate(entry.get("arguments", [])):
        bare = condition.removesuffix("...")
        if bare != condition and index != len(entry["arguments"]) - 1:
            raise SystemExit(f"{where}: only the last condition may repeat")
        if not bare.startswith("one-of:") and not set(bare.split("|")) <= KINDS:
            raise SystemExit(f"{where}: unknown condition {condition}")
    for condition in entry.get("state", []):
        if condition not in STATES and not condition.startswith("without:"):
            raise SystemExit(f"{where}: unknown state condition {condition}")
    if not entry["reason"] or not entry["source"]:
        raise SystemExit(f"{where}: an entry needs a reason and a source")
