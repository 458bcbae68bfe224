#!/usr/bin/env bash
# What the action's scripts say to GitHub: workflow commands and outputs. Read by the other scripts; runs nothing by itself.

# Escapes $1 for the message of a workflow command (actions/toolkit, packages/core/src/command.ts, escapeData).
escape() {
    local text=$1
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    printf '%s' "$text"
}

notice() { printf '::notice title=weighbridge::%s\n' "$(escape "$1")"; }

# Says what is wrong and ends the step: exit code 2, as of the program, means that no judgement was possible. The runner reads
# commands from both streams, and a command substitution keeps only one of them.
fail() {
    printf '::error title=weighbridge::%s\n' "$(escape "$1")" >&2
    exit 2
}

# Writes the output $1. A line break would begin another output, so a value that has one is refused.
output() {
    case $2 in
    *$'\n'* | *$'\r'*) fail "the output $1 has a line break; this is a fault of the action" ;;
    esac
    printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:?}"
}

# Says whether the input $1 is true; its value is $2, and anything but true and false is an error.
enabled() {
    case $2 in
    true) return 0 ;;
    false | '') return 1 ;;
    *) fail "the input $1 is true or false, not '$2'" ;;
    esac
}

# Makes an empty folder that nobody else knows and prints its path, with forward slashes on Windows too.
folder() {
    local parent=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
    if command -v cygpath >/dev/null; then parent=$(cygpath -m "$parent"); fi
    mktemp -d "$parent/weighbridge.XXXXXX"
}
