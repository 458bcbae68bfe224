"""What GitHub refuses or cuts and its description does not say, held against one request that has the described shape.

Numbers are from GitHub's REST documentation of check runs ("maximum size is 64 KB", "255 characters"), of code scanning ("10 MB gzip
compressed"), from the database column of a comment (65,536 characters; publishing promises to stay under 60,000), and of a
commit status (140 characters).
"""

import base64
import binascii
import gzip
import json
import zlib

ANNOTATION = 64 * 1024
TITLE = 255
COMMENT = 60_000
STATUS = 140
SARIF = 10 * 1024 * 1024
# Code scanning shows and keeps no more results of one run than this.
RESULTS = 25_000


def flaws(method, route, body):
    """What is beyond a bound in one request, as lines of text."""
    if method not in ("POST", "PATCH"):
        return []
    if "check-runs" in route:
        return list(check_run(body))
    if route.endswith("comments") or route.endswith("{comment_id}"):
        return list(comment(route, body))
    if route.endswith("/statuses/{sha}"):
        return list(status(body))
    if route.endswith("/sarifs"):
        return list(sarif(body))
    return []


def check_run(body):
    output = body.get("output") or {}
    yield from longer(output, "title", TITLE)
    for annotation in output.get("annotations") or []:
        yield from longer(annotation, "title", TITLE)
        for key in ("message", "raw_details"):
            size = len((annotation.get(key) or "").encode())
            if size > ANNOTATION:
                yield f"an annotation's {key} has {size} bytes, GitHub takes {ANNOTATION}"
        if not annotation.get("message"):
            yield "an annotation's message is empty"
        path = annotation.get("path") or ""
        if path.startswith(("/", "./", "../")) or not path:
            yield f"an annotation's path is not from the root of the repository: {path!r}"
        if annotation.get("start_line", 0) < 1 or annotation.get("end_line", 0) < annotation.get("start_line", 0):
            yield f"an annotation's lines are out of order: {annotation.get('start_line')} to {annotation.get('end_line')}"


def comment(route, body):
    yield from longer(body, "body", COMMENT)
    if not (body.get("body") or "").strip():
        yield "a comment is empty"
    whole_file = body.get("subject_type") == "file"
    if route.endswith("/pulls/{pull_number}/comments") and not whole_file and not {"line", "in_reply_to"} & set(body):
        yield "a review comment names neither a line nor subject_type: file; GitHub answers 422"
    if whole_file and "line" in body:
        yield "a review comment on a file names a line"


def status(body):
    yield from longer(body, "description", STATUS)


def sarif(body):
    try:
        packed = base64.b64decode(body.get("sarif") or "", validate=True)
        log = json.loads(gzip.decompress(packed))
    except (binascii.Error, OSError, EOFError, zlib.error, ValueError) as error:
        yield f"the SARIF is not JSON, compressed by gzip, in base64: {error}"
        return
    if len(packed) > SARIF:
        yield f"the SARIF has {len(packed)} bytes compressed, GitHub takes {SARIF}"
    if log.get("version") != "2.1.0":
        yield f"the SARIF is of version {log.get('version')!r}"
    for run in log.get("runs", []):
        if len(run.get("results", [])) > RESULTS:
            yield f"the SARIF has {len(run['results'])} results in one run, GitHub takes {RESULTS}"


def longer(value, key, most):
    text = value.get(key) or ""
    if len(text) > most:
        yield f"{key} has {len(text)} characters, the most is {most}"
