//! Texts by which an installer finds packages: requirements of pip, `setup.cfg` and `pyproject.toml`. What they name goes through the pass over
//! configurations; what of it is known is data of the policies.

use crate::extract::loader::{Pass, Step, requirement};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, ReferenceKind};

/// Bytes of such a file; those of large projects have some ten thousand.
const LONGEST: u64 = 1 << 20;

/// Which of them a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `requirements.txt` and the like: pip opens it under any name, and these are the ones that people give it.
    Requirements,
    /// `setup.cfg` (setuptools, "Configuring setuptools using setup.cfg files").
    Setup,
    /// `pyproject.toml` (PyPA, "pyproject.toml specification").
    Project,
}

/// Which of them a name says.
pub(super) fn kind(name: &str) -> Option<Kind> {
    let name = name.to_lowercase();
    let listed = ["requirement", "constraint"].iter().any(|word| name.contains(word));
    match name.as_str() {
        "setup.cfg" => Some(Kind::Setup),
        "pyproject.toml" => Some(Kind::Project),
        _ if listed && [".txt", ".in", ".pip"].iter().any(|end| name.ends_with(end)) => Some(Kind::Requirements),
        _ => None,
    }
}

/// Notes what a file of that kind names.
pub(super) fn read(kind: Kind, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    if source.size() > LONGEST {
        return Err(ReadError::unsupported("a list of packages of more than 1 MiB", None));
    }
    let text = String::from_utf8_lossy(&source.bytes_at(0, LONGEST)?).into_owned();
    let text = text.trim_start_matches('\u{feff}');
    let name = walk.facts(member).map(|member| member.name.clone()).unwrap_or_default();
    let mut pass = Pass::new(&name, walk.limits);
    let outcome = match kind {
        Kind::Requirements => {
            requirements(text, &mut pass);
            Ok(())
        }
        Kind::Setup => {
            setup(text, &mut pass);
            Ok(())
        }
        Kind::Project => project(text, &mut pass),
    };
    pass.record(member, FormatId::Text, walk);
    outcome
}

/// Lines of requirements; a backslash at the end of a line joins it with the next (pip, req/req_file.py, `join_lines`).
fn requirements(text: &str, pass: &mut Pass) {
    let (mut whole, mut first) = (String::new(), 0usize);
    for (index, line) in text.lines().enumerate() {
        if whole.is_empty() {
            first = index.saturating_add(1);
        }
        let joined = line.strip_suffix('\\').filter(|line| !line.trim_start().starts_with('#'));
        whole.push_str(joined.unwrap_or(line));
        if joined.is_none() {
            note(&std::mem::take(&mut whole), &format!("line {first}"), pass);
        }
    }
    note(&whole, &format!("line {first}"), pass);
}

fn note(line: &str, place: &str, pass: &mut Pass) {
    for (by, target) in requirement::sources(line) {
        pass.names(ReferenceKind::Package, by, Some(place.to_owned()), &target, None);
    }
}

/// Keys of `setup.cfg` whose lines are requirements, by section; `*` is any key.
const LISTS: &[(&str, &str)] = &[
    ("options", "install_requires"),
    ("options", "setup_requires"),
    ("options", "tests_require"),
    ("options.extras_require", "*"),
    ("options", "dependency_links"),
    ("metadata", "setup_requires_dist"),
];

/// The sections of a `setup.cfg` (Python's configparser): values go on in lines that are indented.
fn setup(text: &str, pass: &mut Pass) {
    let (mut section, mut key) = (String::new(), String::new());
    for line in text.lines() {
        let plain = line.trim();
        if plain.is_empty() || plain.starts_with(['#', ';']) {
            continue;
        }
        if let Some(head) = plain.strip_prefix('[').filter(|_| !line.starts_with(char::is_whitespace)) {
            section = head.trim_end_matches(']').trim().to_lowercase();
            key.clear();
            continue;
        }
        let value = if line.starts_with(char::is_whitespace) && !key.is_empty() {
            plain
        } else {
            let Some(at) = plain.find(['=', ':']) else { continue };
            key = plain.get(..at).unwrap_or_default().trim().to_lowercase().replace('-', "_");
            plain.get(at.saturating_add(1)..).unwrap_or_default().trim()
        };
        let place = format!("{section}.{key}");
        match (section.as_str(), key.as_str()) {
            ("easy_install", "index_url" | "find_links") if !value.is_empty() => {
                pass.names(ReferenceKind::Package, &key, Some(place), value, None);
            }
            // A class that setuptools makes when the package is built: `build_py = module.Class`.
            ("options", "cmdclass") => {
                let class = value.split_once('=').map_or("", |(_, class)| class.trim());
                if !class.is_empty() {
                    pass.names(ReferenceKind::Package, "cmdclass", Some(place), class, None);
                }
            }
            (section, key) if LISTS.iter().any(|(of, name)| *of == section && (*name == key || *name == "*")) => {
                // In one line they are parted by semicolons.
                for part in value.split(';').chain([value]) {
                    note(part, &place, pass);
                }
            }
            _ => {}
        }
    }
}

/// A step of the way through a document.
enum Visit<'v> {
    Value(&'v toml::Value),
    Enter(Step),
    Leave,
}

/// Hands the texts of a `pyproject.toml` to the pass.
fn project(text: &str, pass: &mut Pass) -> Result<(), ReadError> {
    let table = match toml::from_str::<toml::Table>(text) {
        Ok(table) => toml::Value::Table(table),
        // pip reads it by another parser, and stops at what is no TOML. It matters where it names something.
        Err(_) if !text.contains("://") && !text.contains("backend-path") => return Ok(()),
        Err(error) => {
            let at = error.span().and_then(|span| u64::try_from(span.start).ok());
            return Err(ReadError::malformed(format!("TOML: {}", error.message()), at));
        }
    };
    let mut open = vec![Visit::Value(&table)];
    while let Some(next) = open.pop() {
        match next {
            Visit::Enter(step) => pass.enter(step),
            Visit::Leave => pass.leave(),
            Visit::Value(toml::Value::String(text)) => pass.text(text, None),
            Visit::Value(toml::Value::Table(table)) => {
                for (key, value) in table.iter().rev() {
                    open.extend([Visit::Leave, Visit::Value(value), Visit::Enter(Step::Key(key.clone()))]);
                }
            }
            Visit::Value(toml::Value::Array(items)) => {
                for (index, value) in items.iter().enumerate().rev() {
                    let step = Step::Item(u64::try_from(index).unwrap_or(u64::MAX));
                    open.extend([Visit::Leave, Visit::Value(value), Visit::Enter(step)]);
                }
            }
            Visit::Value(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::ReferenceKind;

    fn found(name: &str, text: &str) -> Vec<(String, String)> {
        let tables = facts(name, text.as_bytes());
        assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
        let packages = tables.references.into_iter().filter(|one| one.kind == ReferenceKind::Package);
        packages.map(|one| (one.by, one.target)).collect()
    }

    fn pair(by: &str, target: &str) -> (String, String) {
        (by.to_owned(), target.to_owned())
    }

    #[test]
    fn a_line_goes_on_behind_a_backslash() {
        let text = "torch==2\n--extra-index-url \\\n  https://host/simple\n# x \\\nnumpy\n";
        assert_eq!(found("requirements-dev.txt", text), [pair("--extra-index-url", "https://host/simple")]);
        assert_eq!(found("notes.txt", text), []);
    }

    #[test]
    fn sections_of_setup_are_read() {
        let text = "[metadata]\nurl = https://host/x\n[options]\ninstall_requires =\n    numpy\n    x @ https://host/x.whl\n\
            cmdclass =\n    build_py = mine.Build\n[easy_install]\nindex-url = https://host/simple\n";
        assert_eq!(
            found("setup.cfg", text),
            [
                pair("requirement", "https://host/x.whl"),
                pair("cmdclass", "mine.Build"),
                pair("index_url", "https://host/simple"),
            ]
        );
    }

    #[test]
    fn a_project_names_its_backend() {
        let text = "build-system.requires = [\"setuptools\", 'x @ file:///tmp/x']\n[\"build\\u002dsystem\".\"y\"]\n";
        assert_eq!(found("pyproject.toml", text), [pair("requirement", "file:///tmp/x")]);
        let text = "[build-system]\nrequires = []\nbuild-backend = \"mine\"\nbackend-path = [\".\"]\n[project]\nurls = {a = \"https://host\"}\n\
            dependencies = [\"torch\", \"y@git+https://host/y\"]\n[tool.poetry.dependencies]\nz = {git = \"https://host/z\"}\n";
        let mut all = found("pyproject.toml", text);
        all.sort();
        assert_eq!(
            all,
            [pair("backend-path", "."), pair("requirement", "git+https://host/y"), pair("tool", "https://host/z")]
        );
        assert_eq!(found("pyproject.toml", "[tool.black]\nline-length = 99\n"), []);
        assert!(!facts("pyproject.toml", b"[build-system\nbackend-path = ['.']\n").incomplete.is_empty());
    }
}
