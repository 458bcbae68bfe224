//! Which macros come back to each other, however many stand between (the strongly connected components of what calls what, by Kosaraju's
//! way), without recursion of our own: a template may have as many as it likes.

use std::collections::{HashMap, HashSet};

/// The circle that each name is in, by its number: those that come back to each other have one number, and what is called has a higher one
/// than what calls it.
pub(super) fn circles<'a>(leads: &HashMap<&'a str, Vec<&'a str>>) -> HashMap<&'a str, usize> {
    let mut back: HashMap<&str, Vec<&str>> = HashMap::new();
    for (from, all) in leads {
        for to in all {
            back.entry(to).or_default().push(from);
        }
    }
    let (mut seen, mut ended) = (HashSet::new(), Vec::new());
    for name in leads.keys() {
        follow(name, leads, &mut seen, &mut ended);
    }
    let (mut seen, mut circles) = (HashSet::new(), HashMap::new());
    for (number, name) in ended.iter().rev().enumerate() {
        let mut circle = Vec::new();
        follow(name, &back, &mut seen, &mut circle);
        circles.extend(circle.into_iter().map(|name| (name, number)));
    }
    circles
}

/// All names that one leads to and that were not seen, those first that lead no further.
fn follow<'a>(
    name: &'a str,
    leads: &HashMap<&'a str, Vec<&'a str>>,
    seen: &mut HashSet<&'a str>,
    ended: &mut Vec<&'a str>,
) {
    let mut open = vec![(name, false)];
    while let Some((name, behind)) = open.pop() {
        if behind {
            ended.push(name);
        } else if seen.insert(name) {
            open.push((name, true));
            open.extend(leads.get(name).into_iter().flatten().map(|to| (*to, false)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::circles;
    use std::collections::HashMap;

    #[test]
    fn those_that_come_back_to_each_other_are_one_circle() {
        let leads = HashMap::from([
            ("a", vec!["b", "x"]),
            ("b", vec!["c"]),
            ("c", vec!["a", "d"]),
            ("d", vec!["e", "e"]),
            ("e", vec![]),
            ("x", vec!["x"]),
        ]);
        let found = circles(&leads);
        let of = |name: &str| found.get(name).copied();
        assert_eq!((of("a"), of("a")), (of("b"), of("c")));
        assert!(of("a") < of("d") && of("d") < of("e") && of("a") < of("x"));
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let names: Vec<String> = (0..200_000).map(|number| number.to_string()).collect();
        let leads = names.iter().zip(names.iter().skip(1)).map(|(one, next)| (one.as_str(), vec![next.as_str()]));
        assert_eq!(circles(&leads.collect()).len(), names.len());
    }
}
