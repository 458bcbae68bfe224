//! Outcomes of tests as JUnit's XML. Only what Jenkins' schema knows is written (junit-4.xsd, made after Ant's writer): a case has a name,
//! a class and a time there, so its file and line stand in the text.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Write};

/// Cases that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it belongs to.
    pub class: String,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line, from 1; `None` where there are no lines.
    pub line: Option<u32>,
    /// How long it took.
    pub seconds: f64,
    /// What became of it.
    pub outcome: CaseOutcome,
    /// What is told beside that; may be empty.
    pub said: String,
}

/// What became of a case, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseOutcome {
    /// It held.
    Passed,
    /// It did not.
    Failed(String),
    /// It could not be run.
    Error(String),
    /// It was not run.
    Skipped,
}

/// Writes suites as one document.
///
/// # Errors
/// What `out` says.
pub fn write(suites: &[Suite], out: &mut impl Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    let mut root = xml.create_element("testsuites");
    for (name, value) in counts(all()).into_iter().filter(|(name, _)| *name != "skipped") {
        root = root.with_attribute((name, value.as_str()));
    }
    root.write_inner_content(|xml| {
        for suite in suites {
            let mut element = xml.create_element("testsuite").with_attribute(("name", legal(&suite.name).as_str()));
            for (name, value) in counts(suite.cases.iter()) {
                element = element.with_attribute((name, value.as_str()));
            }
            element.write_inner_content(|xml| suite.cases.iter().try_for_each(|one| case(one, xml)))?;
        }
        Ok(())
    })?;
    out.write_all(b"\n")
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case> + Clone) -> [(&'static str, String); 5] {
    let count =
        |wanted: fn(&CaseOutcome) -> bool| cases.clone().filter(|case| wanted(&case.outcome)).count().to_string();
    let seconds: f64 = cases.clone().map(|case| case.seconds).sum();
    [
        ("tests", cases.clone().count().to_string()),
        ("failures", count(|outcome| matches!(outcome, CaseOutcome::Failed(_)))),
        ("errors", count(|outcome| matches!(outcome, CaseOutcome::Error(_)))),
        ("skipped", count(|outcome| matches!(outcome, CaseOutcome::Skipped))),
        ("time", format!("{seconds:.3}")),
    ]
}

fn case<W: Write>(case: &Case, xml: &mut Writer<W>) -> io::Result<()> {
    let element = xml
        .create_element("testcase")
        .with_attribute(("classname", legal(&case.class).as_str()))
        .with_attribute(("name", legal(&case.name).as_str()))
        .with_attribute(("time", format!("{:.3}", case.seconds).as_str()));
    let told = match &case.outcome {
        CaseOutcome::Passed if case.said.is_empty() => return element.write_empty().map(|_| ()),
        CaseOutcome::Passed => None,
        CaseOutcome::Skipped => Some(("skipped", None)),
        CaseOutcome::Failed(why) => Some(("failure", Some(legal(why)))),
        CaseOutcome::Error(why) => Some(("error", Some(legal(why)))),
    };
    element
        .write_inner_content(|xml| {
            match told {
                None => {}
                Some((name, None)) => {
                    xml.create_element(name).write_empty()?;
                }
                Some((name, Some(why))) => {
                    let line = case.line.map(|line| format!(":{line}")).unwrap_or_default();
                    let text = format!("{}{line}: {why}", legal(&case.file));
                    xml.create_element(name)
                        .with_attribute(("type", name))
                        .with_attribute(("message", why.lines().next().unwrap_or_default()))
                        .write_text_content(BytesText::new(&text))?;
                }
            }
            if !case.said.is_empty() {
                xml.create_element("system-out").write_text_content(BytesText::new(&legal(&case.said)))?;
            }
            Ok(())
        })
        .map(|_| ())
}

/// Text without what XML 1.0 cannot hold (section 2.2, `Char`) and without what steers a terminal: such characters are written out.
fn legal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for character in super::plain(line).chars() {
            match character {
                '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
                _ => out.push(character),
            }
        }
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_breaks_out_of_nothing() {
        let why = "a ]]> <b x=\"1\"> & \u{1b}[2J\0\u{fffe}\nsecond".to_owned();
        let case = Case {
            class: "c\"d".to_owned(),
            name: "<n>".to_owned(),
            file: "a'b\nc".to_owned(),
            line: Some(3),
            seconds: 0.25,
            outcome: CaseOutcome::Failed(why),
            said: String::new(),
        };
        let passed = Case { outcome: CaseOutcome::Passed, ..case.clone() };
        let skipped = Case { outcome: CaseOutcome::Skipped, said: "<o>\u{1b}]]>".to_owned(), ..case.clone() };
        let mut out = Vec::new();
        write(&[Suite { name: "s&t".to_owned(), cases: vec![case, passed, skipped] }], &mut out).unwrap();
        let text = String::from_utf8(out.clone()).unwrap();
        assert!(!text.contains(['\u{1b}', '\0', '\u{fffe}']), "{text}");

        let mut reader = quick_xml::Reader::from_reader(out.as_slice());
        let (mut names, mut messages, mut buffer) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            match reader.read_event_into(&mut buffer).unwrap() {
                Event::Start(element) | Event::Empty(element) => {
                    let known: &[&str] = match element.name().as_ref() {
                        "testsuites" => &["name", "time", "tests", "failures", "disabled", "errors"],
                        "testsuite" => &["name", "tests", "failures", "errors", "time", "disabled", "skipped"],
                        "testcase" => &["name", "assertions", "time", "classname", "status"],
                        _ => &["type", "message"],
                    };
                    for attribute in element.attributes() {
                        assert!(known.contains(&attribute.unwrap().key.as_ref()), "{text}");
                    }
                    names.push(element.name().as_ref().to_owned());
                    for attribute in element.attributes() {
                        let attribute = attribute.unwrap();
                        if attribute.key.as_ref() == "message" {
                            messages.push(attribute.value.into_owned());
                        }
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let expected =
            ["testsuites", "testsuite", "testcase", "failure", "testcase", "testcase", "skipped", "system-out"];
        assert_eq!(names, expected, "{text}");
        assert_eq!(messages, ["a ]]&gt; &lt;b x=&quot;1&quot;&gt; &amp; \\u{1b}[2J\\u{0}\\u{fffe}"]);
    }
}
