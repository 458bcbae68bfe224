//! The commands that say what is known: `rules` and `formats`.

use crate::cli::arguments::{Format, Rules, Speech};
use crate::cli::exit::Exit;
use crate::cli::setup::Setup;
use crate::cli::{judging, speech};
use crate::extract::FormatInfo;
use crate::facts::FormatId;
use crate::policy::PolicySet;
use crate::report::{self, plain};
use crate::verdict::{Level, Rule};
use anstyle::{AnsiColor, Style};
use anyhow::bail;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// `weighbridge rules`.
pub(super) fn rules(command: &Rules, speech: &Speech) -> anyhow::Result<Exit> {
    let (Rules::List { configured, policies, .. } | Rules::Explain { configured, policies, .. }) = command;
    let known = Setup::new(configured, policies, None, &judging::now())?.layers.rules();
    let rules: Vec<&Rule> = known.iter().collect();
    match command {
        Rules::List { format: Format::Json, .. } => speech::write(speech, None, |out| report::json(&rules, out))?,
        Rules::List { .. } => speech::write(speech, None, |out| {
            let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in &rules {
                let style = if rule.level == Level::Deny { RED } else { YELLOW };
                let (id, level, title) = (plain(&rule.id), rule.level, plain(&rule.title));
                writeln!(out, "{BOLD}{id:width$}{BOLD:#}  {style}{level}{style:#}  {title}")?;
            }
            Ok(())
        })?,
        Rules::Explain { id, format, .. } => {
            let Some(rule) = rules.iter().find(|rule| rule.id == *id) else { bail!(unknown(id, &rules)) };
            let look = speech::look(speech, None);
            speech::write(speech, None, |out| match format {
                Format::Terminal => report::rule(rule, look, out),
                Format::Json => report::json(rule, out),
            })?;
        }
    }
    Ok(Exit::Passed)
}

fn unknown(id: &str, rules: &[&Rule]) -> String {
    // A name without its group is as near as the whole.
    let likeness = |rule: &Rule| {
        let name = rule.id.split_once('/').map_or(rule.id.as_str(), |(_, name)| name);
        strsim::jaro_winkler(id, &rule.id).max(strsim::jaro_winkler(id, name))
    };
    let mut near: Vec<(f64, &str)> = rules.iter().map(|rule| (likeness(rule), rule.id.as_str())).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let near: Vec<String> =
        near.iter().take(3).filter(|(likeness, _)| *likeness > 0.7).map(|(_, id)| format!("`{id}`")).collect();
    let hint = match near.as_slice() {
        [] => String::new(),
        near => format!("did you mean {}? ", near.join(", ")),
    };
    format!("no rule is called `{id}`\n{hint}`weighbridge rules list` shows all of them")
}

/// A format, and the shipped rules that speak of it by name.
#[derive(Serialize)]
struct Known {
    #[serde(flatten)]
    format: FormatInfo,
    rules: Vec<String>,
}

/// `weighbridge formats`.
pub(super) fn formats(format: Format, speech: &Speech) -> anyhow::Result<Exit> {
    let set = PolicySet::embedded()?;
    let spoken_of: Vec<(&str, BTreeSet<String>)> =
        set.rules().iter().map(|rule| (rule.id.as_str(), set.formats_of(rule))).collect();
    let known = |format: FormatInfo| {
        let name = format.id.name();
        let of_it = spoken_of.iter().filter(|(_, formats)| formats.contains(&name));
        Known { format, rules: of_it.map(|(id, _)| (*id).to_owned()).collect() }
    };
    let formats: Vec<Known> = crate::extract::formats().into_iter().map(known).collect();
    speech::write(speech, None, |out| match format {
        Format::Json => report::json(&formats, out),
        Format::Terminal => {
            let width = formats.iter().map(|known| known.format.id.name().len()).max().unwrap_or(0);
            let room = speech::look(speech, None).width.saturating_sub(width).saturating_sub(2).max(20);
            for Known { format, rules } in &formats {
                let unread = match (format.read, format.id) {
                    (true, _) => "",
                    (_, FormatId::Pdf) => "not read: it fails as incomplete, or warns beside other files. ",
                    _ => "not read: it fails as incomplete. ",
                };
                let within: Vec<String> = format.within.iter().map(|outer| format!("within `{outer}`: ")).collect();
                let name = format.id.name();
                let mut first = format!("{BOLD}{name:width$}{BOLD:#}");
                // What is not read stands in front, so that its colour ends where its words do.
                let mut left = unread.trim_end().len();
                for line in report::wrapped(&format!("{unread}{}{}", within.concat(), format.about), room) {
                    let (coloured, rest) = line.split_at(left.min(line.len()));
                    left = left.saturating_sub(line.len().saturating_add(1));
                    writeln!(out, "{first}  {YELLOW}{coloured}{YELLOW:#}{rest}")?;
                    first = format!("{:width$}", "");
                }
                if speech.verbose && !rules.is_empty() {
                    for line in report::wrapped(&format!("rules: {}", grouped(rules)), room) {
                        writeln!(out, "{:width$}  {DIM}{line}{DIM:#}", "")?;
                    }
                }
            }
            Ok(())
        }
    })?;
    Ok(Exit::Passed)
}

/// Rules for a person: many of one group are told by the group. JSON has all.
fn grouped(rules: &[String]) -> String {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in rules {
        groups.entry(rule.split_once('/').map_or("", |(group, _)| group)).or_default().push(rule);
    }
    let told = groups.into_iter().map(|(group, rules)| match rules.len() {
        ..=3 => rules.join(", "),
        many => format!("{many} of `{group}`"),
    });
    told.collect::<Vec<_>>().join(", ")
}
