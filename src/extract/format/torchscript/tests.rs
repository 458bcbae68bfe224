use super::word::{Word, Words};
use crate::extract::collect::Tables;
use crate::extract::format::trial::{facts, fixture};
use crate::extract::source::Source;
use crate::facts::FormatId;

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../flat/{name}")))
}

/// Every operator of the archive as `format domain::name place`.
fn operators(tables: &Tables) -> Vec<String> {
    let graphs = tables.graphs.iter().flat_map(|graph| graph.operators.iter().map(move |one| (graph.format, one)));
    graphs
        .filter(|(_, one)| one.place != "method")
        .map(|(format, one)| format!("{format} {}::{} {}", one.domain.as_deref().unwrap_or(""), one.name, one.place))
        .collect()
}

/// The operators of code, or why they cannot be told.
fn code(text: &str) -> Result<Vec<String>, String> {
    let words = Words::new(&Source::memory(text.as_bytes().to_vec()));
    let operators = crate::extract::format::operators::Operators::new(100);
    let mut code = super::Code { words, operators, text: 512, failed: None };
    code.read();
    if let Some(error) = code.failed.or(code.words.failed) {
        return Err(error.to_string());
    }
    let list = code.operators.finish(|_, _| false);
    Ok(list.iter().map(|one| format!("{}::{} {}", one.domain.as_deref().unwrap_or(""), one.name, one.place)).collect())
}

#[test]
fn archives_of_torch_are_read() {
    let tables = read("script.pt");
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Torch, FormatId::Torchscript]);
    tables.assert_ordinary("script.pt");
    assert_eq!(operators(&tables), ["torchscript-code aten::relu code", "torchscript-code aten::linear code"]);
    assert!(tables.graphs.iter().all(|graph| graph.complete));
    let acting = operators(&read("acting.pt"));
    assert_eq!(acting, ["torchscript-code aten::save code", "torchscript-code aten::from_file code"]);
    let mobile = operators(&read("mobile.ptl"));
    for wanted in ["torchscript-bytecode aten::linear bytecode", "torchscript-bytecode aten::relu bytecode"] {
        assert!(mobile.iter().any(|one| one == wanted), "{mobile:?}");
    }
    let quantized = operators(&read("quantized.pt"));
    let class = "torchscript-code __torch__.torch.classes.quantized::LinearPackedParamsBase class";
    assert!(quantized.iter().any(|one| one == class), "{quantized:?}");
}

#[test]
fn the_older_archive_without_a_pickle_is_one_too() {
    let tables = read("legacy.jit");
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Torch, FormatId::Torchscript]);
    assert_eq!(operators(&tables), ["torchscript-code aten::save code"]);
}

#[test]
fn archives_of_export_are_read() {
    let tables = read("exported.pt2");
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Pt2]);
    assert_eq!(operators(&tables), ["exported-program aten::linear graph", "exported-program aten::relu graph"]);
    let tables = read("archive.pt2");
    assert_eq!(operators(&tables), ["exported-program aten::linear graph", "exported-program mine::run graph"]);
    assert!(tables.members.iter().any(|member| member.formats == [FormatId::Elf]));
    assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
}

#[test]
fn operators_are_found_however_they_are_written() {
    for (text, wanted) in [
        ("x = torch.save(y, \"a\")", "aten::save code"),
        ("x = torch . \\\n save (y)", "aten::save code"),
        ("f = torch.save\n", "aten::save code"),
        ("(torch.add\n torch.save)", "aten::save code"),
        ("torch.autograd.autograd.save(x)", "aten::save code"),
        ("ops.aten.save(x)", "aten::save code"),
        ("ops.mine.run.default(x)", "mine::run.default code"),
        ("f(\n  torch\n  .save)", "aten::save code"),
        ("x = 1 # no\nops.a.b(1)", "a::b code"),
        ("def __setstate__(self, x):\n  torch.save(x)\n", "aten::save loading"),
        ("x : __torch__.torch.classes.mine.Runner\n", "__torch__.torch.classes.mine::Runner class"),
        ("\"\"\" a \" b \"\"\"; torch.save", "aten::save code"),
        ("'a\\'b'; torch.save", "aten::save code"),
    ] {
        let found = code(text).unwrap();
        assert!(found.iter().any(|one| one == wanted), "{text}: {found:?}");
    }
    assert_eq!(code("(x).save(y)").unwrap(), ["::save method"]);
    for text in
        ["\"torch.save\"", "# torch.save\n", "__torch__.mine.save(x)", "class A(Module):\n  ops : __torch__.B\n"]
    {
        assert_eq!(code(text).unwrap(), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_hides_operators_cannot_be_told() {
    for text in [
        "t = torch\nt.save(x)",
        "o = ops\n",
        "getattr(torch, \"save\")(x)",
        "n = ops.aten\n",
        "x = \"open",
        "f(ops : 1)",
    ] {
        assert!(code(text).is_err(), "{text}");
    }
}

#[test]
fn words_keep_their_places() {
    let mut words = Words::new(&Source::memory(b"ab(\n1)\n\n# c\n d.e".to_vec()));
    let found: Vec<_> = std::iter::from_fn(|| words.next()).collect();
    let name = |at, text: &str| (at, Word::Name(text.as_bytes().to_vec()));
    let sign = |at, sign| (at, Word::Sign(sign));
    let wanted = [
        name(0, "ab"),
        sign(2, b'('),
        name(4, "1"),
        sign(5, b')'),
        (6, Word::Line),
        name(13, "d"),
        sign(14, b'.'),
        name(15, "e"),
    ];
    assert_eq!(found, wanted);
}
