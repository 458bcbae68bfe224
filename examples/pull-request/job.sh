# What GitHub sets in a job for a pull request, without a token: `. ./job.sh` plays it for the commands of the README.
unset GITHUB_TOKEN GITHUB_API_URL GITHUB_RUN_ID GITHUB_BASE_REF
export GITHUB_ACTIONS=true GITHUB_REPOSITORY=example/models GITHUB_WORKSPACE="$PWD"
export GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH="$PWD/event.json" GITHUB_REF=refs/pull/7/merge
export GITHUB_SHA=3333333333333333333333333333333333333333 GITHUB_STEP_SUMMARY="$PWD/summary.md"
