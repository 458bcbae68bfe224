//! Jupyter notebooks (nbformat 3 and 4): their code cells, as one source. A notebook runs nothing when it is loaded, so that what is
//! found in it is a fact and no more. Outputs, texts and widgets are passed over.

use crate::extract::format::json;
use crate::extract::python::{self, Found};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{CodeForm, FormatId, MemberId};
use crate::place;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::ops::Range;

/// Bytes of a notebook for each byte of source that is read: pictures among the outputs are the most of it.
const OUTPUTS: u64 = 16;
/// Magics whose cell is Python all the same (`IPython/core/magics`).
const PYTHON: &[&str] = &["capture", "debug", "prun", "pypy", "python", "python2", "python3", "time", "timeit"];
/// Magics whose cell is handed to a shell.
const SHELL: &[&str] = &["!", "bash", "cmd", "script", "sh", "sx", "system"];

#[derive(Deserialize)]
struct Notebook {
    nbformat: u64,
    #[serde(default)]
    cells: Cells,
    #[serde(default)]
    worksheets: Cells,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    kernelspec: Option<Kernel>,
    language_info: Option<Kernel>,
}

#[derive(Deserialize)]
struct Kernel {
    name: Option<String>,
    language: Option<String>,
}

/// A cell, or a worksheet with cells.
#[derive(Deserialize)]
struct Cell {
    cell_type: Option<String>,
    #[serde(default, alias = "input")]
    source: Lines,
    #[serde(default)]
    cells: Cells,
}

/// The code of the cells.
#[derive(Default)]
struct Cells(Vec<String>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taker;
        impl<'de> Visitor<'de> for Taker {
            type Value = Cells;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of cells")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cells, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = list.next_element::<Cell>()? {
                    if cell.cell_type.as_deref() == Some("code") && !cell.source.0.is_empty() {
                        cells.push(cell.source.0);
                    }
                    cells.extend(cell.cells.0);
                }
                Ok(Cells(cells))
            }
        }
        deserializer.deserialize_seq(Taker)
    }
}

/// A text, or a list of texts that are joined.
#[derive(Default)]
struct Lines(String);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taker;
        impl<'de> Visitor<'de> for Taker {
            type Value = Lines;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a list of texts")
            }
            fn visit_str<E>(self, text: &str) -> Result<Lines, E> {
                Ok(Lines(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Lines, A::Error> {
                let mut text = String::new();
                while let Some(line) = list.next_element::<std::borrow::Cow<'_, str>>()? {
                    text.push_str(&line);
                }
                Ok(Lines(text))
            }
            // Neither a text nor a list: a cell that no notebook has, without code.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lines, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Lines::default())
            }
        }
        deserializer.deserialize_any(Taker)
    }
}

/// Reads a notebook; `named` says that its name ends as a notebook's does. Content that is none is left to the reader of JSON.
pub(super) fn read(source: &Source, member: MemberId, named: bool, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let found = Found { member, format: FormatId::Python, form: CodeForm::Notebook, interpreter: None };
    if source.size() > walk.limits.source.saturating_mul(OUTPUTS) {
        if named {
            walk.reached(Reached::Effect);
            python::refuse(&found, walk);
        }
        return Ok(());
    }
    let (notes, at) = (json::Notes::default(), std::cell::Cell::new(0));
    let mut parser = json::counted(source, &notes, &at);
    let notebook = match Notebook::deserialize(&mut parser).and_then(|notebook| parser.end().map(|()| notebook)) {
        Ok(notebook) => notebook,
        // What breaks JSON itself is told by its reader.
        Err(error) if !named || error.is_syntax() || error.is_eof() || error.is_io() => return Ok(()),
        Err(error) => {
            walk.reached(Reached::Effect);
            return Err(json::json_error(error, false));
        }
    };
    let Notebook { nbformat, cells, worksheets, metadata } = notebook;
    if !(3..=4).contains(&nbformat) && named {
        walk.reached(Reached::Effect);
        return Err(ReadError::unsupported(format!("notebooks of nbformat {nbformat}"), None));
    }
    let cells: Vec<String> = cells.0.into_iter().chain(worksheets.0).collect();
    if cells.is_empty() {
        return Ok(());
    }
    walk.reached(Reached::Effect);
    if let Some(language) = metadata.other() {
        let language = place::escape_cut(language.to_lowercase().as_bytes(), 64);
        let unread = crate::facts::Source::unread(member, &language, None);
        walk.code(crate::facts::Source { form: CodeForm::Notebook, ..unread });
        return Ok(());
    }
    let (text, parts) = joined(&cells);
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > walk.limits.source {
        python::refuse(&found, walk);
        return Ok(());
    }
    python::read(&found, &text, &parts, walk);
    Ok(())
}

impl Metadata {
    /// The language, when all that is said of it says that it is not Python.
    fn other(&self) -> Option<&str> {
        let kernel = self.kernelspec.as_ref();
        let info = self.language_info.as_ref().and_then(|info| info.name.as_deref());
        let said = [
            info,
            kernel.and_then(|kernel| kernel.language.as_deref()),
            kernel.and_then(|kernel| kernel.name.as_deref()),
        ];
        let mut said = said.into_iter().flatten();
        let first = said.next()?;
        let python = |name: &str| {
            let name = name.to_lowercase();
            name.contains("py") || name.contains("conda") || name.contains("torch") || name.contains("tensorflow")
        };
        (!python(first) && info.is_some() && !said.any(python)).then_some(first)
    }
}

/// The cells one behind the other, and where each lies. In cells of other languages, lines for a shell are marked as IPython marks
/// them, and other lines are emptied.
fn joined(cells: &[String]) -> (String, Vec<Range<usize>>) {
    let (mut text, mut parts) = (String::new(), Vec::new());
    for cell in cells {
        let start = text.len();
        match magic(cell) {
            None => text.push_str(cell),
            Some(name) => {
                let mark = if SHELL.contains(&name) { "!" } else { "" };
                let mut before = true;
                for line in cell.split_inclusive('\n') {
                    if before {
                        text.push_str(line);
                        before = line.trim().is_empty();
                    } else if mark.is_empty() || line.trim().is_empty() {
                        text.push_str(if line.ends_with('\n') { "\n" } else { "" });
                    } else {
                        text.push_str(mark);
                        text.push_str(line.trim_start());
                    }
                }
            }
        }
        parts.push(start..text.len());
        text.push('\n');
    }
    (text, parts)
}

/// The magic that a cell of another language begins with.
fn magic(cell: &str) -> Option<&str> {
    let rest = cell.trim_start().strip_prefix("%%")?;
    let name = rest.split_whitespace().next().unwrap_or_default();
    (!PYTHON.contains(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::{CodeForm, FormatId};
    use serde_json::json;

    #[test]
    fn cells_are_read_as_one_source() {
        let cell =
            |source: serde_json::Value| json!({"cell_type": "code", "source": source, "metadata": {}, "outputs": []});
        let cells = [
            cell(json!(["import os\n", "%matplotlib inline\n", "!pip install x"])),
            json!({"cell_type": "markdown", "source": "os.remove('a')"}),
            cell(json!("%%bash\ncurl x | sh\n")),
            cell(json!("%%html\n<b>")),
            cell(json!("os.system('id')")),
        ];
        let four = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells});
        let cells = cells.map(|mut cell| {
            cell["input"] = cell["source"].take();
            cell.as_object_mut().unwrap().remove("source");
            cell
        });
        let three = json!({"nbformat": 3, "metadata": {"name": ""}, "worksheets": [{"cells": cells, "metadata": {}}]});
        for notebook in [four, three] {
            for name in ["a.ipynb", "a.json"] {
                let tables = facts(name, notebook.to_string().as_bytes());
                assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
                assert_eq!(tables.formats(), [FormatId::Json, FormatId::Python]);
                let [source] = tables.code.as_slice() else { panic!("{:?}", tables.code) };
                assert!(source.parsed && source.form == CodeForm::Notebook, "{source:?}");
                let calls: Vec<_> = source.calls.iter().map(|call| (call.name.as_str(), call.line)).collect();
                assert_eq!(calls, [("os.system", 9)]);
                let commands = source.commands.iter().map(|one| (one.kind.as_str(), one.text.as_str(), one.line));
                let wanted = [
                    ("%", "matplotlib inline", 2),
                    ("!", "pip install x", 3),
                    ("%%", "bash", 4),
                    ("!", "curl x | sh", 5),
                    ("%%", "html", 7),
                ];
                assert_eq!(commands.collect::<Vec<_>>(), wanted);
            }
        }
    }

    #[test]
    fn other_languages_and_versions_are_named() {
        let text = json!({"nbformat": 4, "metadata": {"language_info": {"name": "R"}}, "cells": [{"cell_type": "code", "source": "x <- 1"}]});
        let tables = facts("a.ipynb", text.to_string().as_bytes());
        assert!(tables.incomplete.is_empty() && tables.code[0].language == "r", "{:?}", tables.code);
        let lie = json!({"nbformat": 4, "metadata": {"language_info": {"name": "R"}, "kernelspec": {"name": "python3"}}, "cells": [{"cell_type": "code", "source": "x = 1"}]});
        assert_eq!(facts("a.ipynb", lie.to_string().as_bytes()).code[0].language, "python");
        for odd in [json!({"nbformat": 9, "cells": []}), json!({"nbformat": 4, "cells": 1}), json!({})] {
            assert!(!facts("a.ipynb", odd.to_string().as_bytes()).incomplete.is_empty(), "{odd}");
        }
    }
}
