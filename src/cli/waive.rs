//! `weighbridge waive`: accepts findings of a report by appending to the file of waivers, and signs that file. Never decides that it is right
//! to.

use crate::attest::{IN_TOTO, Sign};
use crate::cli::arguments::{Configured, Speech, Waiving};
use crate::cli::exit::Exit;
use crate::cli::{given, judging, places, setup, sign, signers, speech};
use crate::config::{self, Waivers};
use crate::files::Disk;
use crate::place;
use crate::report::plain;
use crate::time;
use crate::verdict::{Finding, Report, SCHEMA, Waiver};
use anyhow::{Context as _, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What is to be accepted.
struct Asked<'a> {
    /// The rule's id.
    rule: &'a str,
    /// Only findings here.
    place: Option<&'a str>,
    /// Why.
    reason: &'a str,
    /// Who.
    approver: &'a str,
    /// The day it ends.
    expires: Option<&'a str>,
    /// Days until it ends, when no day is given.
    days: u32,
}

/// `weighbridge waive`.
pub(super) fn waive(waiving: &Waiving, speech: &Speech) -> anyhow::Result<Exit> {
    let file = match &waiving.to {
        Some(file) => file.clone(),
        None => default_file()?,
    };
    // What is given to sign with comes first: nothing is written where it is wrong.
    let signer = if waiving.sign { Some(sign::signer(&waiving.signatory, speech)?) } else { None };
    if let (Some(report), Some(rule), Some(reason), Some(approver)) =
        (&waiving.report, &waiving.rule, &waiving.reason, &waiving.approver)
    {
        let (place, expires) = (waiving.place.as_deref(), waiving.expires.as_deref());
        let asked = Asked { rule, place, reason, approver, expires, days: waiving.days };
        append(report, &file, &asked, speech)?;
    }
    if let Some(signer) = signer {
        sign_as_it_is(&file, signer.as_ref(), speech)?;
    } else {
        let shown = place::shown(&file);
        speech::write(speech, None, |out| {
            writeln!(out, "next: have {} reviewed and merged, then check again", plain(&shown))
        })?;
    }
    Ok(Exit::Passed)
}

/// Signs the file of waivers as it is. What others signed of it stays, as long as it is about the file as it is.
fn sign_as_it_is(file: &Path, signer: &dyn Sign, speech: &Speech) -> anyhow::Result<()> {
    let now = judging::now();
    let text = Waivers::text(file, &Disk)?;
    // What says nothing that counts is not signed.
    let waivers = Waivers::parse(&text, &place::shown(file), &now)?;
    let place = places::file_signature(file)?;
    sign::replaceable(&place, true)?;
    let before = signers::signature(&place, &Disk)?;
    let content = signers::waivers(file, text.as_bytes());
    let bundle = signer.sign(IN_TOTO, &content.statement(None, &now))?;
    let mut bundles = before.map(|before| content.others(&before, &bundle)).unwrap_or_default();
    let others = bundles.len();
    bundles.push(bundle);
    sign::write(&[(&place, bundles.iter().map(|bundle| format!("{bundle}\n")).collect())], true)?;
    let (shown, signature) = (place::shown(file), place::shown(&place));
    let beside = match others {
        0 => String::new(),
        others => format!(", beside {}", speech::counted(others, "signature")),
    };
    speech::write(speech, None, |out| {
        let count = speech::counted(waivers.list.len(), "waiver");
        writeln!(out, "signed {} with {count} in {}{beside}", plain(&shown), plain(&signature))?;
        writeln!(out, "next: have both files reviewed and merged; whoever changes the waivers has them signed again")
    })
}

/// Appends one waiver for each member that a finding of the rule is about.
fn append(report: &Path, file: &Path, asked: &Asked<'_>, speech: &Speech) -> anyhow::Result<()> {
    let findings = read(report)?;
    let chosen = chosen(&findings, asked)?;
    let now = jiff::Timestamp::now();
    let Some(created) = time::day(now, 0) else { bail!("the clock is beyond the calendar; set it") };
    let expires = match asked.expires {
        Some(day) if time::instant(day).is_none() => bail!("--expires {day}: not a day such as 2026-01-31 (RFC 3339)"),
        Some(day) => day.to_owned(),
        None => time::day(now, i64::from(asked.days)).context("--days: ends beyond the calendar; give fewer")?,
    };
    if time::instant(&expires).is_none_or(|end| end <= now) {
        bail!("--expires {expires}: is not in the future, so the waiver would accept nothing");
    }
    let mut new: Vec<Waiver> = Vec::new();
    for (finding, digest) in chosen {
        let waiver = Waiver {
            rule: finding.rule.clone(),
            digest,
            path: finding.place.clone(),
            reason: asked.reason.to_owned(),
            approver: asked.approver.to_owned(),
            created: created.clone(),
            expires: expires.clone(),
        };
        if !new.contains(&waiver) {
            new.push(waiver);
        }
    }
    let shown = place::shown(file);
    let before = match std::fs::symlink_metadata(file) {
        Ok(_) => std::fs::read_to_string(file)
            .with_context(|| format!("{shown}: cannot be read; name another file with --to"))?,
        Err(_) => String::new(),
    };
    let after = config::append(&before, &shown, &new, &now.to_string())?;
    replace(file, &after).with_context(|| format!("{shown}: cannot be written; check its folder"))?;
    speech::write(speech, None, |out| {
        for waiver in &new {
            writeln!(out, "{}: {} waived until {}", plain(&waiver.path), plain(&waiver.rule), plain(&waiver.expires))?;
        }
        writeln!(out, "wrote {} to {}", speech::counted(new.len(), "waiver"), plain(&shown))
    })
}

/// The findings of a report.
fn read(path: &Path) -> anyhow::Result<Vec<Finding>> {
    let shown = place::shown(path);
    let bytes = given::bytes(path, "give a report that `weighbridge check --format json` wrote")?;
    let report: Report = serde_json::from_slice(&bytes).with_context(|| {
        format!("{shown}: not a report of this version; give what `weighbridge check --format json` writes")
    })?;
    if report.schema != SCHEMA {
        bail!("{shown}: of another schema; this version reads `{SCHEMA}`");
    }
    Ok(report.artifacts.into_iter().flat_map(|artifact| artifact.findings).collect())
}

/// The findings that are to be accepted, each with its member's digest.
fn chosen<'a>(findings: &'a [Finding], asked: &Asked<'_>) -> anyhow::Result<Vec<(&'a Finding, String)>> {
    let of_rule: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == asked.rule).collect();
    let here = |finding: &&&Finding| asked.place.is_none_or(|place| finding.place == place);
    let matching: Vec<&Finding> = of_rule.iter().filter(here).copied().collect();
    if matching.is_empty() {
        let mut others: Vec<&str> = if of_rule.is_empty() {
            findings.iter().map(|finding| finding.rule.as_str()).collect()
        } else {
            of_rule.iter().map(|finding| finding.place.as_str()).collect()
        };
        others.sort_unstable();
        others.dedup();
        let what = if of_rule.is_empty() { "rules" } else { "places" };
        let others: Vec<&str> = others.into_iter().take(10).collect();
        let others = if others.is_empty() { "none at all".to_owned() } else { others.join(", ") };
        bail!("the report has no finding that matches, so nothing was written; it has these {what}: {others}");
    }
    let open: Vec<&Finding> = matching.into_iter().filter(|finding| finding.waived.is_none()).collect();
    if open.is_empty() {
        bail!("every finding that matches is waived already, so nothing was written");
    }
    open.into_iter()
        .map(|finding| match &finding.member_digest {
            Some(digest) => Ok((finding, digest.sha256.clone())),
            None => bail!(
                "{}: has no digest, so nothing says which content would be accepted, and nothing was written\n\
                 name other places with --place, or put the content there so that it can be read",
                finding.place
            ),
        })
        .collect()
}

/// The file that the configuration of this folder names.
fn default_file() -> anyhow::Result<PathBuf> {
    // The work tree's, even in a pull request: what is written has to be merged.
    let (config, _) = setup::configuration(&Configured { config: None, no_config: false, base: None }, &Disk)?;
    Ok(config.waivers.unwrap_or_else(|| PathBuf::from(config::WAIVERS)))
}

/// Writes a file whole or not at all.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    // What a link leads to is what is written.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    if let Ok(before) = std::fs::metadata(&file) {
        std::fs::set_permissions(new.path(), before.permissions())?;
    } else {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(new.path(), std::fs::Permissions::from_mode(0o644))?;
        }
    }
    new.persist(&file)?;
    Ok(())
}
