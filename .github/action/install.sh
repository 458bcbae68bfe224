#!/usr/bin/env bash
# Finds or makes the one binary that the action runs, and writes its path to the output `binary`: the one that the caller names, the
# released one that the table beside this script has a digest of, or one built from the action's own commit. What was downloaded is
# never run before its digest was compared. Nothing is cached.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=.github/action/speech.sh
source "$here/speech.sh"
# The action's own commit. Not the current folder: that is the checkout under judgement.
commit=$(cd "$here/../.." && pwd)
# Where releases are. The table has digests of these files alone, so the address decides nothing.
repository=weighbridge/weighbridge
# A binary has about 40 MB; curl stops above this.
most=300000000

# Prints the target that runs on this machine, or nothing.
target() {
    case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
    Linux-X64 | Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64 | Linux-aarch64) echo aarch64-unknown-linux-musl ;;
    macOS-X64 | Darwin-x86_64) echo x86_64-apple-darwin ;;
    macOS-ARM64 | Darwin-arm64) echo aarch64-apple-darwin ;;
    Windows-X64 | MINGW64*-x86_64) echo x86_64-pc-windows-msvc ;;
    esac
}

# Prints the row of a version and target, or nothing. An empty version is that of the last row. A row that is not well formed is an
# error, whoever asked for which.
row() {
    awk -F '\t' -v version="$1" -v target="$2" '
        { sub(/\r$/, "") }
        /^#/ || /^$/ { next }
        NF != 4 || $1 !~ /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/ || $2 !~ /^[a-z0-9_-]+$/ ||
            $3 !~ /^weighbridge-[0-9A-Za-z_.-]+$/ || $4 !~ /^[0-9a-f]+$/ || length($4) != 64 { print "broken " NR; broken = 1; exit }
        $2 == target { rows[$1] = $1 " " $3 " " $4 }
        { last = $1 }
        END {
            if (broken) exit
            if (version == "") version = last
            if (version in rows) print rows[version]
        }' "$here/releases.tsv"
}

# Prints the SHA-256 of a file. It is read from standard input because sha256sum escapes names that have a backslash.
digest() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -c 1-64
    elif command -v shasum >/dev/null; then
        shasum -a 256 <"$1" | cut -c 1-64
    elif command -v certutil >/dev/null; then
        certutil -hashfile "$1" SHA256 | sed -n 2p | tr -cd 0-9a-f
    else
        fail "there is no sha256sum, shasum or certutil to compare the binary's digest; install one, or use the input binary"
    fi
}

# Checks who built the file, where that can be asked. An attestation that is missing or wrong stops the action; one that could not be
# fetched is said: the digest in the table already names the file.
attested() {
    local file=$1 folder=$2 token=${INPUT_TOKEN:-} reason=''
    if ! command -v gh >/dev/null || ! gh attestation download --help >/dev/null 2>&1; then
        reason='there is no gh that knows attestations'
    elif [ "${GITHUB_SERVER_URL:-https://github.com}" != https://github.com ]; then
        reason='the token is for another server than the one that has the release'
    elif [ -z "$token" ]; then
        reason='the input token is empty'
    elif ! (cd "$folder" && GH_TOKEN=$token gh attestation download "$file" --repo "$repository" >download.log 2>&1); then
        reason='gh could not fetch it'
        sed 's/^/gh: /' "$folder/download.log"
    fi
    if [ -n "$reason" ]; then
        notice "The attestation of the binary was not checked: $reason. Its SHA-256 is the one that this commit of the action names."
        return
    fi
    # gh ends with 0 and writes no file when there is none. Its file is named after the digest.
    local bundles=("$folder"/*.jsonl)
    [ -f "${bundles[0]}" ] || fail "the release has no attestation for $(basename "$file"), so it is not run; report this at $repository"
    GH_TOKEN=$token gh attestation verify "$file" --repo "$repository" --bundle "${bundles[0]}" \
        --signer-workflow "$repository/.github/workflows/release.yml" ||
        fail "the attestation of $(basename "$file") does not hold, so it is not run; report this at $repository"
}

# Downloads a file of a release and compares it with the table.
download() {
    local version=$1 file=$2 expected=$3 found
    # -q: no configuration file of the user's. Only https, at redirects too.
    curl -q --proto '=https' --tlsv1.2 --fail --silent --show-error --location --max-redirs 5 --retry 3 --retry-delay 2 \
        --connect-timeout 20 --max-time 300 --max-filesize "$most" --output "$made/$file" \
        "https://github.com/$repository/releases/download/v$version/$file" ||
        fail "$file of release $version cannot be downloaded; try again, or give the input binary"
    found=$(digest "$made/$file")
    [ "$found" = "$expected" ] ||
        fail "$file of release $version has the SHA-256 $found and not $expected, so it is not run; report this at $repository"
    attested "$made/$file" "$made"
    chmod 755 "$made/$file"
    binary=$made/$file
}

# Builds the action's own commit. cargo and rustup take settings from the current folder upwards, which must not be the checkout's.
build() {
    command -v cargo >/dev/null ||
        fail "$1, and there is no cargo to build it from source; install Rust before this step, or give the input binary"
    printf '%s; building it from source.\n' "$1"
    (cd "$commit" && CARGO_TARGET_DIR=$made/target cargo install --quiet --locked --path . --root "$made" --bin weighbridge) ||
        fail 'weighbridge cannot be built from source; read above what cargo says, or give the input binary'
    binary=$made/bin/weighbridge
    if [ -f "$binary.exe" ]; then binary=$binary.exe; fi
}

version=${INPUT_VERSION:-}
if [ -n "${INPUT_BINARY:-}" ]; then
    binary=$INPUT_BINARY
    if command -v cygpath >/dev/null; then binary=$(cygpath -m -a "$binary"); fi
    case $binary in
    /* | [A-Za-z]:/*) ;;
    *) binary=$PWD/$binary ;;
    esac
    [ -f "$binary" ] || fail "the input binary names '$INPUT_BINARY', and there is no such file"
    [ -x "$binary" ] || fail "the input binary names '$INPUT_BINARY', and it is not executable"
    [ -z "$version" ] || fail 'the inputs binary and version exclude each other; give one of them'
else
    case $version in
    '' | source) ;;
    *[!0-9A-Za-z.-]*) fail "the input version is a number such as 1.2.3, or source, and not '$version'" ;;
    esac
    made=$(folder)
    found='' target=$(target)
    if [ "$version" != source ]; then found=$(row "$version" "$target"); fi
    case $found in
    broken*) fail "line ${found#broken } of .github/action/releases.tsv is not a version, target, file and SHA-256" ;;
    '')
        case $version in
        source) build 'The input version asks for the source' ;;
        '') build "This commit of the action has no released binary for ${target:-this machine}" ;;
        *) fail "this commit of the action knows no release $version for ${target:-this machine}; take a later commit of the action, or version: source" ;;
        esac
        ;;
    *)
        IFS=' ' read -r version file expected <<<"$found"
        download "$version" "$file" "$expected"
        ;;
    esac
fi

told=$("$binary" --version) || fail "$binary cannot be run on this machine"
case $told in
"weighbridge "[0-9]*) printf '%s\n' "$told" ;;
*) fail "$binary is not weighbridge" ;;
esac
output binary "$binary"
