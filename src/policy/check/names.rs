//! What names mean: the packages with their rules and functions, the data, and each module's imports.

use crate::policy::check::Parsed;
use crate::policy::check::recursion::{head, path};
use regorus::Value;
use regorus::unstable::{Rule as Clause, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// A rule or function by its package and name.
pub(in crate::policy) type Name = (String, String);

/// Data to which configuration adds documents, so that not all names are known.
const OPEN: &[&str] = &["allow", "parameters"];

/// A rule or function: every clause of it, with the module that it stands in.
#[derive(Default)]
pub(in crate::policy) struct Definition<'a> {
    pub clauses: Vec<(usize, &'a Clause)>,
    /// How many arguments it takes; `None` for a rule.
    pub arity: Option<usize>,
}

/// A place below `data`.
#[derive(Default)]
pub(in crate::policy) struct Node {
    pub children: BTreeMap<String, Node>,
    /// The rule that stands here.
    pub rule: Option<Name>,
    /// The documents that stand here.
    pub data: Vec<usize>,
    /// Whether packages stand here or below.
    pub package: bool,
    /// Whether more can be added.
    pub open: bool,
    /// Whether it is `data.parameters`, whose keys are those of [`crate::verdict::Parameters`].
    pub parameters: bool,
    /// Whether it could not be read: nothing is known of it, and nothing is said about it.
    pub unread: bool,
}

/// Everything that has a name.
pub(in crate::policy) struct Names<'a> {
    pub definitions: BTreeMap<Name, Definition<'a>>,
    pub root: Node,
    imports: Vec<BTreeMap<String, Vec<String>>>,
    packages: Vec<String>,
    defined: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Names<'a> {
    pub fn new(trees: &'a [Parsed<'a>], data: &[(Vec<String>, Value)], unread: &[Vec<String>]) -> Self {
        let mut names = Self {
            definitions: BTreeMap::new(),
            root: Node { package: true, ..Node::default() },
            imports: Vec::new(),
            packages: Vec::new(),
            defined: BTreeMap::new(),
        };
        for (index, parsed) in trees.iter().enumerate() {
            let package = parsed.module.package.join(".");
            names.package(parsed, index, &package);
            names.packages.push(package);
            names.imports.push(imports(parsed));
        }
        for (index, (path, _)) in data.iter().enumerate() {
            let mut node = &mut names.root;
            for (level, part) in path.iter().enumerate() {
                node = node.children.entry(part.clone()).or_default();
                node.open |= level == 0 && OPEN.contains(&part.as_str());
            }
            node.data.push(index);
        }
        for path in unread {
            let mut node = &mut names.root;
            for part in path {
                node = node.children.entry(part.clone()).or_default();
            }
            node.unread = true;
        }
        for name in OPEN {
            let node = names.root.children.entry((*name).to_owned()).or_default();
            node.open = true;
            node.parameters = *name == "parameters";
        }
        names
    }

    fn package(&mut self, parsed: &'a Parsed<'a>, index: usize, package: &str) {
        let mut node = &mut self.root;
        for part in &parsed.module.package {
            node = node.children.entry(part.clone()).or_default();
            node.package = true;
        }
        let defined = self.defined.entry(package.to_owned()).or_default();
        for clause in &parsed.tree.policy {
            let Some(name) = head(clause) else { continue };
            defined.insert(name.clone());
            let key = (package.to_owned(), name.clone());
            node.children.entry(name).or_default().rule = Some(key.clone());
            let definition = self.definitions.entry(key).or_default();
            if let Some(arity) = arity(clause) {
                definition.arity = Some(arity);
            }
            // The rules of tests are asked for by nobody else.
            if !parsed.module.tests {
                definition.clauses.push((index, clause));
            }
        }
    }

    /// The package of a module.
    pub fn home(&self, module: usize) -> &str {
        self.packages.get(module).map_or("", String::as_str)
    }

    /// What an import's name stands for: `["data", "weighbridge", "lib", "member"]`.
    pub fn import(&self, module: usize, name: &str) -> Option<&[String]> {
        self.imports.get(module)?.get(name).map(Vec::as_slice)
    }

    /// The names that a module can use without a path.
    pub fn known(&self, module: usize) -> impl Iterator<Item = &str> {
        let own = self.defined.get(self.home(module)).into_iter().flatten().map(String::as_str);
        own.chain(self.imports.get(module).into_iter().flat_map(|imports| imports.keys().map(String::as_str)))
    }

    /// Whether a name stands for something in a module without being a variable.
    pub fn is_known(&self, module: usize, name: &str) -> bool {
        matches!(name, "input" | "data")
            || self.import(module, name).is_some()
            || self.defined.get(self.home(module)).is_some_and(|names| names.contains(name))
    }

    /// The full path of what a module writes: an import or a name of the package becomes `data. ...`.
    pub fn full(&self, module: usize, mut parts: Vec<String>) -> Vec<String> {
        let Some(first) = parts.first().cloned() else { return parts };
        if let Some(target) = self.import(module, &first) {
            parts.splice(..1, target.iter().cloned());
        } else if self.defined.get(self.home(module)).is_some_and(|names| names.contains(&first)) {
            let home = self.home(module).split('.').map(str::to_owned);
            parts.splice(..0, std::iter::once("data".to_owned()).chain(home));
        }
        parts
    }

    /// The function behind a full path.
    pub fn function(&self, full: &[String]) -> Option<(Name, usize)> {
        let (root, rest) = full.split_first()?;
        let (name, package) = rest.split_last()?;
        let key = (package.join("."), name.clone());
        let arity = self.definitions.get(&key).filter(|_| root == "data")?.arity?;
        Some((key, arity))
    }

    /// Whether something of a path is there and could not be read.
    pub fn is_unread(&self, full: &[String]) -> bool {
        let Some((root, rest)) = full.split_first() else { return false };
        let mut node = &self.root;
        for part in rest {
            let Some(child) = node.children.get(part) else { break };
            if child.unread {
                return root == "data";
            }
            node = child;
        }
        false
    }

    /// Whether an import names a package or data that are there.
    pub fn resolves(&self, target: &[String]) -> bool {
        let Some((root, rest)) = target.split_first() else { return false };
        let mut node = Some(&self.root);
        for part in rest {
            node = node.and_then(|node| node.children.get(part));
        }
        root != "data" || node.is_some()
    }

    /// Every function of every package, as it is called from a module.
    pub fn functions(&self, module: usize) -> Vec<String> {
        let mut found = Vec::new();
        for ((package, name), definition) in &self.definitions {
            if definition.arity.is_none() {
                continue;
            }
            if package == self.home(module) {
                found.push(name.clone());
            }
            for (alias, target) in self.imports.get(module).into_iter().flatten() {
                if target.iter().skip(1).map(String::as_str).eq(package.split('.')) {
                    found.push(format!("{alias}.{name}"));
                }
            }
            found.push(format!("data.{package}.{name}"));
        }
        found
    }
}

fn imports(parsed: &Parsed<'_>) -> BTreeMap<String, Vec<String>> {
    parsed
        .tree
        .imports
        .iter()
        .filter_map(|import| {
            let target = path(&import.refr);
            let name = import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| target.last().cloned())?;
            matches!(target.first().map(String::as_str), Some("data" | "input")).then_some((name, target))
        })
        .collect()
}

fn arity(clause: &Clause) -> Option<usize> {
    match clause {
        Clause::Spec { head: RuleHead::Func { args, .. }, .. } => Some(args.len()),
        Clause::Default { args, .. } if !args.is_empty() => Some(args.len()),
        _ => None,
    }
}
