#!/usr/bin/env bash
# Checks, publishes what was found whatever it was, writes the outputs, and ends with the exit code of the check. All inputs come by
# the environment and are data: nothing here is evaluated, and no word is split.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=.github/action/speech.sh
source "$here/speech.sh"

# Windows: Git's bash must not rewrite arguments that look like paths (oci://, names that begin with a slash).
export MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*'

# Only `publish` gets the token.
token=${INPUT_TOKEN:-}
unset INPUT_TOKEN GITHUB_TOKEN GH_TOKEN

# Prints a value of the report. A line of pretty-printed JSON with two spaces in front is a key at the top, whatever texts are in it:
# a JSON string has no line break. $1 is the section and $2 the key in it; without a section $1 is empty.
value() {
    awk -v section="$1" -v key="$2" '
        { sub(/\r$/, "") }
        /^  "/ { split($0, part, "\""); now = part[2] }
        (section == "" && index($0, "  \"" key "\": ") == 1) || (now == section && index($0, "    \"" key "\": ") == 1) {
            sub(/^ *"[^"]*": /, ""); sub(/,$/, ""); gsub(/"/, ""); print; exit
        }' "$report"
}

# Reads the output $1 from the report, when it looks as it must. Outputs are written once all of them are there.
outputs=()
told() {
    local found
    found=$(value "$3" "$4")
    [[ $found =~ ^($2)$ ]] || fail "the report has no readable $1; this is a fault of weighbridge"
    outputs+=("$1" "$found")
}

# Runs `check`. What it prints may hold text of the artifacts, which the program escapes; in addition the runner takes no commands
# from it until it reads a word that nobody can know. Both streams are one, so that nothing comes after that word.
check() {
    local word code=0
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    [ "${#word}" = 32 ] || fail 'no random number could be had'
    printf '::stop-commands::%s\n' "$word"
    "$BINARY" check "$@" 2>&1 || code=$?
    printf '\n::%s::\n' "$word"
    return "$code"
}

# Publishes the report. With an empty token that is the job's summary and the log.
publish() {
    GITHUB_TOKEN=$token "$BINARY" publish "${publishing[@]}" --to "$to" -- "$report"
}

[ -x "${BINARY:-}" ] || fail 'the binary is gone since it was installed'
cd -- "${INPUT_WORKING_DIRECTORY:-.}" || fail "the input working-directory names '$INPUT_WORKING_DIRECTORY', and there is no such folder"

# With pull_request_target the job has secrets and a token that writes, and a fork decides what is judged. HEAD_REPOSITORY is empty
# when the fork is gone.
publishing=("--name=${INPUT_NAME:-weighbridge}")
if enabled allow-fork-head "${INPUT_ALLOW_FORK_HEAD:-}"; then
    publishing+=(--allow-fork-head)
elif [ "${GITHUB_EVENT_NAME:-}" = pull_request_target ] && [ "${HEAD_REPOSITORY:-}" != "${GITHUB_REPOSITORY:-}" ]; then
    fail 'pull_request_target judges a fork with your secrets at hand; use pull_request, and workflow_run to publish (examples/pull-request)'
fi

# The job summary and the annotations need no permission.
to=summary
if enabled check-run "${INPUT_CHECK_RUN:-}"; then to=$to,check-run; fi
if enabled comment "${INPUT_COMMENT:-}"; then to=$to,comment,review; fi

if [ -n "${INPUT_REPORT:-}" ]; then
    # Somebody else's report: it is published, and nothing of it becomes an output that a later step could trust.
    report=$INPUT_REPORT
    if [ -L "$report" ] || [ ! -f "$report" ]; then fail "the input report names '$report', and there is no such file"; fi
    if enabled sarif "${INPUT_SARIF:-}"; then fail 'a report that was not made here is not uploaded as SARIF; leave the input sarif out'; fi
    publish || fail 'the report was not published; read above why'
    exit 0
fi
if enabled sarif "${INPUT_SARIF:-}"; then to=$to,sarif; fi

made=$(folder)
report=$made/report.json
sarif=$made/report.sarif
options=(--report "json=$report" --report "sarif=$sarif")
if [ -n "${INPUT_ORGANISATION:-}" ]; then options+=("--organisation=$INPUT_ORGANISATION"); fi
if [ -n "${INPUT_POLICY_SIGNERS:-}" ]; then
    printf '%s\n' "$INPUT_POLICY_SIGNERS" >"$made/policy-signers.yaml"
    options+=("--policy-signers=$made/policy-signers.yaml")
fi
if [ -n "${INPUT_CONFIG:-}" ]; then options+=("--config=$INPUT_CONFIG"); fi
if [ -n "${INPUT_FAIL_ON:-}" ]; then options+=("--fail-on=$INPUT_FAIL_ON"); fi
if enabled changed-only "${INPUT_CHANGED_ONLY:-}"; then options+=(--changed-only); fi
if enabled audit "${INPUT_AUDIT:-}"; then options+=(--audit); fi
while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then options+=("--policy=$line"); fi
done <<<"${INPUT_POLICY:-}"

paths=()
while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then paths+=("$line"); fi
done <<<"${INPUT_PATHS:-}"
[ "${#paths[@]}" != 0 ] || fail 'the input paths names nothing; give a path a line'

checked=0
check "${options[@]}" -- "${paths[@]}" || checked=$?
case $checked in
0 | 1 | 2 | 3) ;;
*) checked=2 ;;
esac

# Without a verdict there is nothing to publish. `check` has said why, in the log.
if [ ! -s "$report" ] || { [ "$checked" = 2 ] && [ -z "$(value '' verdict)" ]; }; then
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
        printf '## %s: nothing was judged\n\nThe log of this job says why.\n' "${INPUT_NAME:-weighbridge}" >>"$GITHUB_STEP_SUMMARY"
    fi
    fail 'nothing was judged; read above why'
fi
told verdict 'passed|failed' '' verdict
told denied '[0-9]+' summary denied
told warned '[0-9]+' summary warned
told not-scanned '[0-9]+' summary incomplete
told policy-digest 'sha256:[0-9a-f]{64}' policy digest
# A check that broke off behind its report, or says another thing than it, makes no success.
if [ "${outputs[1]}" = passed ] && [ "$checked" != 0 ]; then
    fail "the report says passed, and the check ended with $checked, so nothing is published; read above why"
fi
for ((at = 0; at < ${#outputs[@]}; at += 2)); do output "${outputs[at]}" "${outputs[at + 1]}"; done
output report-json "$report"
if [ -s "$sarif" ]; then output sarif "$sarif"; fi

published=0
publish || published=$?
if [ "$published" != 0 ]; then
    fail 'the result was not published; read above why. The verdict is as the outputs say.'
fi
exit "$checked"
