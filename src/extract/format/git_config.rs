//! git's own configuration, as it lies in a `.git` folder inside an artifact: the command lines that git runs by it (git-config(1)).
//! Known by its name and its sections.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::loader::Pass;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};
use crate::limits::Exhausted;

/// Configuration of git.
pub(super) struct GitConfig;

/// The names that git opens in a repository (gitrepository-layout(5)), and submodules' file.
const NAMES: &[&str] = &["config", "config.worktree", ".gitconfig", ".gitmodules"];

/// Keys whose value git runs or loads, by section and key; the subsection may be anything (git-config(1)).
const COMMANDS: &[(&str, &str)] = &[
    ("core", "fsmonitor"),
    ("core", "sshcommand"),
    ("core", "hookspath"),
    ("core", "editor"),
    ("core", "pager"),
    ("core", "askpass"),
    ("core", "gitproxy"),
    ("core", "alternaterefscommand"),
    ("sequence", "editor"),
    ("pager", "*"),
    ("alias", "*"),
    ("filter", "clean"),
    ("filter", "smudge"),
    ("filter", "process"),
    ("diff", "external"),
    ("diff", "command"),
    ("diff", "textconv"),
    ("merge", "driver"),
    ("difftool", "cmd"),
    ("mergetool", "cmd"),
    ("credential", "helper"),
    ("gpg", "program"),
    ("interactive", "difffilter"),
    ("uploadpack", "packobjectshook"),
    ("submodule", "update"),
    ("remote", "uploadpack"),
    ("remote", "receivepack"),
    ("remote", "vcs"),
    ("submodule", "url"),
    ("protocol", "allow"),
    // tar.<format>.command, trailer.<token>.command, browser.<tool>.cmd and the like (git-config(1)).
    ("tar", "command"),
    ("trailer", "command"),
    ("trailer", "cmd"),
    ("browser", "cmd"),
    ("man", "cmd"),
    ("guitool", "cmd"),
    ("sendemail", "tocmd"),
    ("sendemail", "cccmd"),
    ("sendemail", "headercmd"),
    ("imap", "tunnel"),
    ("instaweb", "httpd"),
    // git-lfs-config(5): lfs.customtransfer.<name>.path, lfs.extension.<name>.clean and smudge.
    ("lfs", "path"),
    ("lfs", "clean"),
    ("lfs", "smudge"),
    ("include", "path"),
    ("includeif", "path"),
];

impl Format for GitConfig {
    fn id(&self) -> FormatId {
        FormatId::GitConfig
    }

    fn about(&self) -> &'static str {
        "git configuration in an artifact: the commands that git runs by it"
    }

    fn claims(&self, window: &Window) -> Claim {
        // git takes every byte, also those that are no text; the name tells.
        if window.head.is_empty() { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Some(name) = walk.facts(member).map(|member| member.name.clone()) else { return Ok(()) };
        if !NAMES.contains(&name.as_str()) {
            return Ok(());
        }
        let limit = walk.limits.header;
        let text = String::from_utf8_lossy(&source.bytes_at(0, limit)?).into_owned();
        let mut pass = Pass::new(&name, walk.limits);
        if !read(&text, &mut pass) && source.size() <= limit {
            return Ok(());
        }
        walk.reached(Reached::Data);
        if source.size() > limit {
            walk.incomplete(member, Some(FormatId::GitConfig), Exhausted("header").into());
        }
        if pass.any() {
            walk.reached(Reached::Effect);
        }
        pass.record(member, FormatId::GitConfig, walk);
        Ok(())
    }
}

/// Reads all sections; whether there is one. A line that is none is passed over: git would stop there, and a later git might not.
fn read(text: &str, pass: &mut Pass) -> bool {
    let mut section = String::new();
    let mut sections = false;
    // A backslash at the end of a line joins it with the next.
    let joined = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace("\\\n", "");
    for line in joined.lines() {
        let mut line = line.trim();
        // A key may follow on the line of its section.
        if let Some(rest) = line.strip_prefix('[') {
            let end = head_end(rest);
            let Some((head, behind)) = end.and_then(|end| Some((rest.get(..end)?, rest.get(end..)?.get(1..)?))) else {
                continue;
            };
            section = head.split([' ', '\t', '"', '.']).next().unwrap_or_default().to_lowercase();
            sections = true;
            line = behind.trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) || section.is_empty() {
            continue;
        }
        let (key, value) = line.split_once('=').map_or((line, ""), |(key, value)| (key, value));
        let (key, value) = (key.trim().to_lowercase(), unquote(value.trim()));
        let found = COMMANDS.iter().any(|(of, name)| *of == section && (*name == key || *name == "*"));
        if found && !value.is_empty() {
            let by = format!("{section}.{key}");
            pass.names(ReferenceKind::Command, &by, None, &value, None);
        }
    }
    sections
}

/// Where the head of a section ends: at the first bracket outside of quotes.
fn head_end(rest: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// A value without its quotes and comment.
fn unquote(value: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' => text.extend(letters.next()),
            '#' | ';' if !quoted => break,
            _ => text.push(letter),
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::ReferenceKind;

    #[test]
    fn commands_are_found_in_any_spelling() {
        let text = "[core]\n\trepositoryformatversion = 0\n\tFSMonitor = \"touch /tmp/x\" # why\n\
            [filter \"a]b\"]smudge=sh \\\n -c x\n[alias]\n\tst = !id\n[remote \"origin\"]\n\turl = https://host/x\n";
        let tables = facts("config", text.as_bytes());
        let found: Vec<_> =
            tables.references.iter().map(|one| (one.kind, one.by.as_str(), one.target.as_str())).collect();
        assert_eq!(
            found,
            [
                (ReferenceKind::Command, "core.fsmonitor", "touch /tmp/x"),
                (ReferenceKind::Command, "filter.smudge", "sh  -c x"),
                (ReferenceKind::Command, "alias.st", "!id"),
            ]
        );
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing() {
        let many = [&b"# \xff\0\n".repeat(2_000)[..], b"[core]\n\tfsmonitor = id\n"].concat();
        for text in [&b"\xef\xbb\xbf[core]\nfsmonitor = id # \xff\n"[..], b"; \0\n[core] fsmonitor = id\n", &many] {
            let tables = facts("config", text);
            assert_eq!(tables.references.iter().map(|one| one.target.as_str()).collect::<Vec<_>>(), ["id"]);
        }
    }

    #[test]
    fn other_files_are_none() {
        assert!(facts("config", b"{\"core\": [\"fsmonitor=x\"]}").references.is_empty());
        assert!(facts("config.ini", b"[core]\nfsmonitor=x\n").references.is_empty());
        assert!(facts("config", b"[alias] x\n").references.is_empty());
    }
}
