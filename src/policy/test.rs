//! Runs the `test_*` rules of a set's `_test.rego` modules, as OPA does: a test passes when it is exactly `true`.

use crate::policy::check::{self, head};
use crate::policy::engine::{load, on_thread, prepare, refused, value, words};
use crate::policy::set::Module;
use crate::policy::{PolicyError, PolicySet};
use regorus::Value;
use std::time::Duration;

/// Time for all tests of a set.
const DEADLINE: Duration = Duration::from_secs(300);

/// One test of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// The module.
    pub file: String,
    /// The rule: `test_a_listed_call_is_silent`.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was exactly `true`.
    Passed,
    /// It was not.
    Failed,
    /// The engine stopped.
    Error(String),
}

/// Checks every module of the set, shipped ones too, and runs every test.
///
/// # Errors
/// [`PolicyError`] when a module or data is wrong, so that no test can run.
pub fn test(set: &PolicySet) -> Result<Vec<TestCase>, PolicyError> {
    let set = set.clone();
    on_thread(DEADLINE, move || {
        let modules: Vec<&Module> = set.modules.iter().collect();
        let (mut engine, parsed) = load(&modules, DEADLINE)?;
        let values = set.data.iter().map(value).collect::<Result<Vec<Value>, PolicyError>>()?;
        check::held(&parsed, set.rules(), &set.data, &values, |_| true)?;
        for value in values {
            engine.add_data(value).map_err(refused)?;
        }
        prepare(&mut engine, &[])?;
        let mut cases = Vec::new();
        for parsed in parsed.iter().filter(|parsed| parsed.module.tests) {
            let mut names: Vec<String> = parsed
                .tree
                .policy
                .iter()
                .filter_map(|clause| head(clause))
                .filter(|name| name.starts_with("test_"))
                .collect();
            names.dedup();
            for name in names {
                let path = format!("data.{}.{name}", parsed.module.package.join("."));
                let outcome = match engine.eval_rule(path) {
                    Ok(Value::Bool(true)) => Outcome::Passed,
                    Ok(_) => Outcome::Failed,
                    Err(error) => Outcome::Error(words(&error)),
                };
                cases.push(TestCase { file: parsed.module.file.clone(), name, outcome });
            }
        }
        Ok(cases)
    })
}
