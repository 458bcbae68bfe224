"""GitHub's own description of its interface, cut to the routes that publishing uses; made at run time, never committed.

The npm package `@octokit/openapi` holds what GitHub publishes: 13 MB, over a thousand routes. `cut` keeps `ROUTES` with all that they
refer to, and changes four things, each because of how Prism reads a description:

- `application/vnd.github+json` stands beside `application/json`: GitHub answers in it, the description does not name it.
- A request's object may have no key that is not described. GitHub ignores such keys, so a misspelt one would be lost in silence.
- Every route may also answer with an error (`default`). GitHub documents only some of them, and the front answers them on purpose.
- Answers keep no examples, for Prism reads each of them at its start. They are returned apart: the front answers with them.
"""

import json
import re
from pathlib import Path

FILE = Path("node_modules/@octokit/openapi/generated/api.github.com.json")
MEDIA = ("application/json", "application/vnd.github+json")

# What publishing sends, and what a reader of the same objects would.
ROUTES = {
    "/repos/{owner}/{repo}": ("get",),
    "/repos/{owner}/{repo}/check-runs": ("post",),
    "/repos/{owner}/{repo}/check-runs/{check_run_id}": ("get", "patch"),
    "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/check-runs": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/statuses": ("get",),
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ("get",),
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("get", "post"),
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ("get", "patch", "delete"),
    "/repos/{owner}/{repo}/pulls": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/files": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/comments": ("get", "post"),
    "/repos/{owner}/{repo}/pulls/comments/{comment_id}": ("get", "patch", "delete"),
    "/repos/{owner}/{repo}/statuses/{sha}": ("post",),
    "/repos/{owner}/{repo}/code-scanning/sarifs": ("post",),
    "/repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}": ("get",),
}

# Errors that GitHub answers on any route.
ANY_ERROR = {
    "description": "An error of GitHub",
    "content": {"application/json": {"schema": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}}},
}


def cut(packages):
    """The description for Prism, and one example answer for each `METHOD /route`, from a folder with npm's packages."""
    whole = json.loads((Path(packages) / FILE).read_text("utf-8"))
    paths, answers = {}, {}
    for route, methods in ROUTES.items():
        paths[route] = {}
        for method in methods:
            operation = whole["paths"][route][method]
            answers[f"{method.upper()} {route}"] = answer(whole, operation)
            paths[route][method] = described(operation)
    kept = {"openapi": whole["openapi"], "info": whole["info"], "servers": [{"url": "/"}], "paths": paths}
    kept["components"] = reached(whole, kept["paths"])
    without(kept, ("example", "examples", "externalDocs", "x-github", "description"))
    for node in objects(kept):
        if "$ref" not in node and isinstance(node.get("responses"), dict):
            for response in node["responses"].values():
                response.setdefault("description", "")
    return kept, answers


def described(operation):
    """One operation, as Prism is to hold it: strict about what is sent, open to errors."""
    operation = json.loads(json.dumps(operation))
    for media in operation.get("requestBody", {}).get("content", {}).values():
        close(media["schema"])
    for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
        content = part.get("content", {})
        if MEDIA[0] in content:
            content[MEDIA[1]] = content[MEDIA[0]]
    operation["responses"]["default"] = ANY_ERROR
    return {key: operation[key] for key in ("operationId", "parameters", "requestBody", "responses") if key in operation}


def close(schema):
    """Forbids undescribed keys in a request's schema and in all objects inside it, except in the parts of `oneOf` and `anyOf`."""
    for node in objects({key: value for key, value in schema.items() if key not in ("oneOf", "anyOf", "allOf")}):
        if node.get("type") == "object" and isinstance(node.get("properties"), dict):
            node.setdefault("additionalProperties", False)
    if isinstance(schema.get("properties"), dict):
        schema["additionalProperties"] = False


def answer(whole, operation):
    """The description's own example of the answer when all went well; `None` for an answer without content."""
    for status, response in sorted(operation["responses"].items()):
        while "$ref" in response:
            response = follow(whole, response["$ref"])
        if status.startswith("2"):
            examples = response.get("content", {}).get("application/json", {}).get("examples", {})
            for example in examples.values():
                while "$ref" in example:
                    example = follow(whole, example["$ref"])
                return int(status), example["value"]
            return int(status), None
    raise ValueError(f"{operation['operationId']}: no answer is described for when all went well")


def follow(whole, reference):
    node = whole
    for step in reference.removeprefix("#/").split("/"):
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def reached(whole, paths):
    """The components that the paths refer to, and those that these refer to."""
    components, waiting = {}, [paths]
    while waiting:
        for node in list(objects(waiting.pop())):
            reference = node.get("$ref")
            if isinstance(reference, str):
                _, _, kind, name = reference.split("/")
                if kind != "examples" and name not in components.setdefault(kind, {}):
                    components[kind][name] = json.loads(json.dumps(follow(whole, reference)))
                    waiting.append(components[kind][name])
    return components


def objects(value):
    """Every object inside a value, the value itself included; without recursion, for schemas are deep."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def without(value, keys):
    """Takes out keys that only people read. Inside `properties` the same words are names of properties, and stay."""
    waiting = [(value, False)]
    while waiting:
        node, names = waiting.pop()
        if isinstance(node, dict):
            for key in [] if names else keys:
                node.pop(key, None)
            waiting.extend((inner, not names and key == "properties") for key, inner in node.items())
        elif isinstance(node, list):
            waiting.extend((inner, False) for inner in node)


def matcher():
    """A function from a path to its route of `ROUTES` and the values in it; `None` for a path of no route."""
    patterns = []
    for route in ROUTES:
        expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route))
        patterns.append((route, re.compile(expression)))

    def match(path):
        for route, pattern in patterns:
            found = pattern.fullmatch(path)
            if found:
                return route, found.groupdict()
        return None

    return match
