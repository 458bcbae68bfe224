//! What a requirement of pip or conda names beside a package by its name: addresses, folders, and the places where packages are looked for. Never
//! decides which of them are known.

/// Options of a file of requirements that take an address, a path or a requirement (pip, req/req_file.py, `SUPPORTED_OPTIONS`): how each is
/// told, its long name, and its letter.
const OPTIONS: &[(&str, &str, char)] = &[
    ("--index-url", "--index-url", 'i'),
    ("--index-url", "--pypi-url", 'i'),
    ("--extra-index-url", "--extra-index-url", ' '),
    ("--find-links", "--find-links", 'f'),
    ("--editable", "--editable", 'e'),
    ("--requirement", "--requirement", 'r'),
    ("--constraint", "--constraint", 'c'),
];
/// How files end that pip installs from (pip, utils/filetypes.py).
const ARCHIVES: &[&str] =
    &[".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"];

/// What one line of requirements names, each with what names it.
pub(in crate::extract) fn sources(line: &str) -> Vec<(&'static str, String)> {
    let line = uncommented(line).trim();
    if line.starts_with('-') { options(line) } else { requirement(line).into_iter().collect() }
}

/// A line without its comment: `#` at the start or behind white space (pip, req/req_file.py, `COMMENT_RE`).
fn uncommented(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| {
        line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    });
    comment.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

/// The options of a line; a long one may be cut short (Python's optparse, `_match_abbrev`).
fn options(line: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut words = line.split_whitespace().map(|word| word.replace(['"', '\''], ""));
    while let Some(word) = words.next() {
        let (option, value) = if word.starts_with("--") {
            let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            let known = OPTIONS.iter().find(|(_, long, _)| name.len() > 2 && long.starts_with(name));
            (known, value.map(str::to_owned))
        } else {
            let mut letters = word.chars();
            let letter = letters.nth(1).filter(|_| word.starts_with('-'));
            let rest = letters.as_str().to_owned();
            (OPTIONS.iter().find(|(_, _, short)| Some(*short) == letter), Some(rest).filter(|rest| !rest.is_empty()))
        };
        let Some((by, ..)) = option else { continue };
        let Some(value) = value.or_else(|| words.next()) else { continue };
        // Another file beside it is judged by itself.
        if !matches!(*by, "--requirement" | "--constraint") || value.contains("://") {
            found.push((*by, value));
        }
    }
    found
}

/// The address or path of a requirement; `None` for a package by its name.
fn requirement(line: &str) -> Option<(&'static str, String)> {
    let line = line.split(" --").next().unwrap_or(line).trim();
    let named = line.split_once('@').filter(|(name, _)| is_name(name.trim())).map(|(_, address)| address.trim_start());
    let address = named.unwrap_or(line);
    // A marker stands behind white space, because a semicolon may be a part of an address (PEP 508).
    let address = address.split(" ;").next().unwrap_or(address).trim();
    let path = || {
        let plain = address.split(';').next().unwrap_or(address).trim().to_lowercase();
        plain.starts_with(['.', '/', '~'])
            || plain.contains(['/', '\\'])
            || ARCHIVES.iter().any(|end| plain.ends_with(end))
    };
    let away = named.is_some() || address.contains("://") || address.starts_with("file:") || path();
    (away && !address.is_empty()).then(|| ("requirement", address.to_owned()))
}

/// Whether it is the name of a package, with the extras behind it.
fn is_name(text: &str) -> bool {
    let (name, extras) =
        text.split_once('[').map_or((text, true), |(name, rest)| (name.trim_end(), rest.ends_with(']')));
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    extras && !name.is_empty() && name.chars().all(plain)
}

/// What a dependency of conda names beside a package by its name: an address of a package, or of a channel in front of one.
pub(in crate::extract) fn conda(text: &str) -> Option<String> {
    text.contains("://").then(|| text.rsplit_once("::").map_or(text, |(channel, _)| channel).trim().to_owned())
}

/// A channel of conda that is no name: an address or a path.
pub(in crate::extract) fn channel(text: &str) -> Option<String> {
    let text = text.trim();
    (text.contains("://") || text.starts_with(['.', '/', '~', '\\'])).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_every_spelling() {
        for (line, by, target) in [
            ("x @ https://host/x.whl", "requirement", "https://host/x.whl"),
            (
                "x[a,b]@git+ssh://git@host/x.git@main#egg=x ; python_version > '3'",
                "requirement",
                "git+ssh://git@host/x.git@main#egg=x",
            ),
            ("git+https://host/x.git", "requirement", "git+https://host/x.git"),
            ("  https://host/x.tar.gz --hash=sha256:00", "requirement", "https://host/x.tar.gz"),
            ("./wheels/x-1-py3-none-any.whl", "requirement", "./wheels/x-1-py3-none-any.whl"),
            ("x-1-py3-none-any.whl", "requirement", "x-1-py3-none-any.whl"),
            ("file:///tmp/x", "requirement", "file:///tmp/x"),
            ("-i https://host/simple", "--index-url", "https://host/simple"),
            ("-ihttps://host/simple", "--index-url", "https://host/simple"),
            ("--index-url=https://host/simple", "--index-url", "https://host/simple"),
            ("--extra-i 'https://host/simple'", "--extra-index-url", "https://host/simple"),
            ("--no-cache --find-links https://host/all", "--find-links", "https://host/all"),
            ("-e .", "--editable", "."),
            ("-r https://host/more.txt", "--requirement", "https://host/more.txt"),
        ] {
            assert_eq!(sources(line), [(by, target.to_owned())], "{line}");
        }
    }

    #[test]
    fn packages_by_name_name_nothing_else() {
        for line in [
            "torch==2.5.1",
            "numpy>=1.20,<3 ; python_version >= '3.9'",
            "transformers[torch] ~= 4.40  # see https://host/x",
            "# -i https://host/simple",
            "-r other.txt",
            "-c constraints.txt",
            "--no-binary :all:",
            "scikit-learn==1.8.0 --hash=sha256:0123",
            "",
        ] {
            assert_eq!(sources(line), [], "{line}");
        }
        assert_eq!(conda("python=3.11"), None);
        assert_eq!(conda("https://host/c::x=1").as_deref(), Some("https://host/c"));
        assert_eq!(channel("conda-forge"), None);
    }
}
