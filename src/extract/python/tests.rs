//! What is read of sources: names through imports and other names, texts as they are joined, and when each call runs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on ends with a panic")]

use super::*;
use crate::facts::Runs;

fn read_text(text: &str) -> Source {
    let found = Found { member: 0, format: FormatId::Python, form: CodeForm::Text, interpreter: None };
    let mut source = found.unread();
    let follow = || follow(CodeForm::Text, text, std::slice::from_ref(&(0..text.len())), 512, &mut source).map(drop);
    thread::scope(|scope| {
        thread::Builder::new().stack_size(STACK).spawn_scoped(scope, follow).unwrap().join().unwrap()
    })
    .unwrap();
    source
}

fn runs(source: &Source, name: &str) -> Option<Runs> {
    source.calls.iter().filter(|call| call.name == name).map(|call| call.runs).min()
}

#[test]
fn a_name_is_followed_however_it_is_written() {
    for text in [
        "import os\nos.system('id')",
        "import os as o\no.system('id')",
        "from os import system as s\ns('id')",
        "from os import *\nsystem('id')",
        "import os\ngetattr(os, 'sys' + 'tem')('id')",
        "__import__('os').system('id')",
        "import importlib\nimportlib.import_module('os').system('id')",
        "import os\nvars(os)['system']('id')",
        "import os\nos.__dict__.get('system')('id')",
        "import os, sys\nsys.modules['os'].system('id')",
        "import os\n[os.system][0]('id')",
        "import os\nfor f in (print, os.system):\n    f('id')",
        "import os\n(lambda f: f('id'))(os.system)",
        "import os\nglobals()['os'].system('id')",
        "import builtins\nbuiltins.__dict__['__import__']('os').system('id')",
    ] {
        let when = runs(&read_text(text), "os.system");
        assert!(matches!(when, Some(Runs::Import | Runs::Reached)), "{text}: {when:?}");
    }
}

#[test]
fn when_a_call_runs_is_told() {
    for (text, when) in [
        ("import os\ndef f():\n    os.system('id')\n", Runs::Called),
        ("import os\ndef f():\n    os.system('id')\nf()\n", Runs::Reached),
        ("import os\nclass A:\n    def f(self):\n        os.system('id')\nA()\n", Runs::Reached),
        ("import os\nclass A:\n    os.system('id')\n", Runs::Import),
        ("import os\ndef f(x=os.system('id')):\n    pass\n", Runs::Import),
        ("import os\nif __name__ == '__main__':\n    os.system('id')\n", Runs::Program),
        ("import os\n__name__ = '__main__'\nif __name__ == '__main__':\n    os.system('id')\n", Runs::Import),
        ("import os\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    os.system('id')\n", Runs::Never),
        ("import os\nTYPE_CHECKING = True\nif TYPE_CHECKING:\n    os.system('id')\n", Runs::Import),
    ] {
        assert_eq!(runs(&read_text(text), "os.system"), Some(when), "{text}");
    }
}

#[test]
fn what_is_too_long_for_memory_is_not_parsed() {
    // As small a file as it is, its tree would take 100 MB.
    let long = "a\n".repeat(260_000);
    assert!(matches!(nesting::check(&long, Dialect::Module, 0), Err(SourceError::Limit("words and signs"))));
    // The cells of a notebook are one source.
    let cell = "a\n".repeat(10);
    assert_eq!(nesting::check(&cell, Dialect::Notebook, 5).unwrap(), 26);
    assert!(nesting::check(&cell, Dialect::Notebook, 499_990).is_err());
}

#[test]
fn what_is_too_deep_is_not_followed() {
    for text in [
        "(".repeat(300),
        format!("x = {}1", "1+".repeat(10_000)),
        format!("x{}", "()".repeat(10_000)),
        "not ".repeat(10_000),
    ] {
        assert!(nesting::check(&text, Dialect::Module, 0).is_err());
    }
    assert!(nesting::check(&format!("x = [{}]", "1, ".repeat(100_000)), Dialect::Module, 0).is_ok());
}

#[test]
fn what_breaks_the_syntax_is_a_fact_and_the_rest_is_kept() {
    let source = read_text("import os\nprint 'a'\nos.system('id')\n");
    assert!(!source.parsed && source.problem.is_some());
    assert_eq!(runs(&source, "os.system"), Some(Runs::Import));
}
