//! Where a file of a report lies in its repository. By its letters alone: nothing is opened, and no link is followed.

use crate::place;

/// A path in a repository: below its top, with `/` between its parts, none of which is empty, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location(Vec<u8>);

impl Location {
    /// The location of a path of a report, which is escaped as all of them are. `prefix` is [`crate::verdict::Report::prefix`]; without
    /// one the folder of the run is taken for the top. `root` is the top as an absolute path, not escaped; only with it
    /// absolute paths have a location. `None` when the path leads outside, is the top itself, or is no text that a report has.
    #[must_use]
    pub fn new(path: &str, prefix: Option<&str>, root: Option<&str>) -> Option<Self> {
        let path = separated(place::unescape(path)?);
        let joined = if is_absolute(&path) {
            let root = separated(root.filter(|root| is_absolute(root.as_bytes()))?.as_bytes().to_vec());
            let (path, root) = (resolve(&path)?, resolve(&root)?);
            path.strip_prefix(root.as_slice())?.join(&b'/')
        } else {
            let prefix = separated(place::unescape(prefix.unwrap_or_default())?);
            // A prefix that leads outside is none, whatever the path makes of it.
            resolve(&prefix).filter(|_| !is_absolute(&prefix))?;
            resolve(&[prefix.as_slice(), path.as_slice()].join(&b'/'))?.join(&b'/')
        };
        if joined.is_empty() || joined.contains(&0) { None } else { Some(Self(joined)) }
    }

    /// Its bytes: the name that git has for it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its name, where it is UTF-8: the one that GitHub and GitLab have for it. It may hold control characters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// It as a report shows it, escaped.
    #[must_use]
    pub fn shown(&self) -> String {
        place::escape(&self.0)
    }

    /// It as a relative reference of RFC 3986: what is not unreserved is percent-encoded.
    #[must_use]
    pub fn uri(&self) -> String {
        encoded(&self.0)
    }
}

/// Bytes of a path as the path of a URI, RFC 3986 section 2: unreserved characters and `/` stay. A colon never stays, so that a first part
/// with one is no scheme (section 4.2).
pub(super) fn encoded(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A path with `/` between its parts. Only on Windows a backslash is a separator; elsewhere it is a letter of a name.
fn separated(mut path: Vec<u8>) -> Vec<u8> {
    if cfg!(windows) {
        path.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
    }
    path
}

pub(super) fn is_absolute(path: &[u8]) -> bool {
    matches!(path, [b'/', ..]) || (cfg!(windows) && matches!(path, [_, b':', ..]))
}

/// The parts of a path; `None` when `..` leads above the first of them.
fn resolve(path: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, prefix: Option<&str>, root: Option<&str>) -> Option<String> {
        Location::new(path, prefix, root).map(|location| location.shown())
    }

    #[test]
    fn a_path_is_normalised_below_its_prefix() {
        let at = |path, prefix| shown(path, prefix, None);
        for path in ["models/a.pt", "./models/a.pt", "models//a.pt", "models/./b/../a.pt", "models/a.pt/"] {
            assert_eq!(at(path, Some("")).as_deref(), Some("models/a.pt"), "{path}");
            assert_eq!(at(path, None).as_deref(), Some("models/a.pt"), "{path}");
            assert_eq!(at(path, Some("ml/team/")).as_deref(), Some("ml/team/models/a.pt"), "{path}");
        }
        assert_eq!(at("../a.pt", Some("ml/team/")).as_deref(), Some("ml/a.pt"));
        assert_eq!(at(".", Some("ml/")).as_deref(), Some("ml"));
        assert_eq!(at("...", Some("")).as_deref(), Some("..."));
    }

    #[test]
    fn what_leads_outside_has_no_location() {
        let outside = [
            "../a.pt",
            "models/../../a.pt",
            "..",
            "/etc/passwd",
            "//etc",
            "",
            ".",
            "a/..",
            "a\\x2fb",
            "\\q",
            "a\\u{0}",
        ];
        for path in outside {
            assert_eq!(shown(path, Some(""), None), None, "{path}");
        }
        assert_eq!(shown("../../a.pt", Some("ml/"), None), None);
        // A prefix that itself leads outside is none.
        for prefix in ["../", "/", "a/../../"] {
            assert_eq!(shown("b/c/d", Some(prefix), None), None, "{prefix}");
        }
    }

    #[test]
    fn an_absolute_path_needs_its_root() {
        let root = Some("/home/runner/work/r/");
        assert_eq!(shown("/home/runner/work/r/models/a.pt", Some("ml/"), root).as_deref(), Some("models/a.pt"));
        assert_eq!(shown("/home//runner/./work/x/../r/a.pt", None, root).as_deref(), Some("a.pt"));
        for path in ["/home/runner/work/r", "/home/runner/work/rest/a.pt", "/home/runner/work/r/../a.pt", "/../a"] {
            assert_eq!(shown(path, None, root), None, "{path}");
        }
        assert_eq!(shown("/a/b", None, Some("a")), None);
        assert_eq!(shown("models/a.pt", Some("ml/"), root).as_deref(), Some("ml/models/a.pt"));
    }

    #[test]
    fn names_are_those_of_git_and_github() {
        let at = |path: &str| Location::new(path, Some(""), None).unwrap();
        let hostile = at(&place::escape("m/a b\n\\[重]\u{202e}#?:%.pt".as_bytes()));
        assert_eq!(hostile.name(), Some("m/a b\n\\[重]\u{202e}#?:%.pt"));
        assert_eq!(hostile.uri(), "m/a%20b%0A%5C%5B%E9%87%8D%5D%E2%80%AE%23%3F%3A%25.pt");
        let bytes = at("m/\\xff.pt");
        assert_eq!((bytes.bytes(), bytes.name()), (b"m/\xff.pt".as_slice(), None));
        assert_eq!((bytes.uri().as_str(), bytes.shown().as_str()), ("m/%FF.pt", "m/\\xff.pt"));
        assert_eq!(at("c:/a").uri(), "c%3A/a");
    }
}
