//! `weighbridge verify`: finds the signature, reads what is given to verify it with, and tells what came of it.

use crate::attest::{
    Authorities, Bundle, Coverage, Ignored, Keyless, Named, Proof, PublicKey, Refusal, RequiredVerdict, SignedBy,
    Signer, Terms, Verification,
};
use crate::cli::arguments::{Format, Output, Speech, Verifying};
use crate::cli::exit::Exit;
use crate::cli::progress::Bar;
use crate::cli::{given, paths, places, speech, trust};
use crate::extract::{self, Wanted};
use crate::limits::Limits;
use crate::place;
use crate::report::{self, plain};
use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, bail};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Names in one line.
const SHOWN: usize = 5;

/// `weighbridge verify`.
pub(super) fn verify(
    model: &Path,
    verifying: &Verifying,
    format: Format,
    output: &Output,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    let file = output.output.as_deref();
    paths::keep(&[model.to_owned()], file)?;
    // What is given to verify with comes first: a mistake in it is told whatever the model is.
    let signer = signer(verifying, speech)?;
    let (places, others) = match verifying.require_verdict {
        true => (places::attestations(model)?, Vec::new()),
        false => places::signatures(model)?,
    };
    let there = |places: &[PathBuf]| -> Vec<PathBuf> {
        places.iter().filter(|place| std::fs::symlink_metadata(place).is_ok()).cloned().collect()
    };
    let found = match &verifying.bundle {
        Some(named) => vec![named.clone()],
        None => Some(there(&places)).filter(|found| !found.is_empty()).unwrap_or_else(|| there(&others)),
    };
    let verification = match found.as_slice() {
        [] => {
            let looked: Vec<String> = places.iter().map(|place| place::shown(place)).collect();
            let looked = looked.join(", ");
            let refusal = match verifying.require_verdict {
                true => Refusal::no_verdict(&format!("no attestation was found; looked for {looked}")),
                false => Refusal::unsigned(&looked),
            };
            Verification::refused(refusal).of(model, None)
        }
        [bundle] => against(model, bundle, &signer, verifying, speech)?.of(model, Some(bundle)),
        several => {
            let several: Vec<String> = several.iter().map(|place| place::shown(place)).collect();
            bail!("several signatures were found: {}; name the one that is meant with --bundle", several.join(", "))
        }
    };
    let marks = speech::look(speech, file).unicode;
    speech::write(speech, file, |out| match format {
        Format::Terminal => terminal(&verification, marks, speech, out),
        Format::Json => report::json(&verification, out),
    })?;
    Ok(if verification.verified { Exit::Passed } else { Exit::Failed })
}

/// Verifies a file of bundles.
fn against(
    model: &Path,
    file: &Path,
    signer: &Signer,
    verifying: &Verifying,
    speech: &Speech,
) -> anyhow::Result<Verification> {
    let bundles = match Bundle::read_all(&given::bundle(file, "give the signature's file with --bundle")?) {
        Ok(bundles) => bundles,
        Err(refusal) => return Ok(Verification::refused(refusal)),
    };
    let mut ignored = verifying.ignore.clone();
    ignored.extend(places::inside(model, file));
    ignored.extend(places::own(model));
    let bar = Bar::new(&[model.to_owned()], speech.quiet);
    let measures = |name: &str, size: u64| {
        let mut measures: Vec<_> = bundles.iter().flat_map(|bundle| bundle.measures(name, size)).collect();
        measures.sort();
        measures.dedup();
        measures
    };
    let wanted = Wanted { measures: &measures, files: Limits::default().files, progress: &bar };
    let inventory = extract::inventory(model, &wanted)?;
    bar.finish();
    let now = u64::try_from(jiff::Timestamp::now().as_second()).context("this machine's clock stands before 1970")?;
    let predicates = Some(verifying.predicate_type.as_slice());
    let terms = Terms { now, ignored: &Ignored::new(&ignored), legacy: verifying.legacy, predicates };
    let required = RequiredVerdict { policies: verifying.policy_digest.clone() };
    // Of several in one file the first that holds counts; when none does, the first is told.
    let mut first = None;
    for bundle in &bundles {
        let verification = match verifying.require_verdict {
            // What else is attested beside the verdict is for others.
            true if !bundle.attests_verdict() => continue,
            true => bundle.verify_verdict(signer, &inventory, &terms, &required),
            false => bundle.verify(signer, &inventory, &terms),
        };
        if verification.verified {
            return Ok(verification);
        }
        first.get_or_insert(verification);
    }
    if first.is_none() && verifying.require_verdict {
        return Ok(Verification::refused(Refusal::no_verdict("the file holds other statements")));
    }
    first.context("the signature's file holds no bundle; name the right one with --bundle")
}

fn signer(verifying: &Verifying, speech: &Speech) -> anyhow::Result<Signer> {
    let read = |path: &Path, instead: &str| given::small(path, instead);
    let trusting = &verifying.trusting;
    if verifying.identity.is_none() && (trusting.github || trusting.trusted_root.is_some()) {
        bail!("--trusted-root and --github say who may vouch for an identity; name it with --identity");
    }
    if let Some(path) = &verifying.key {
        let pem = read(path, "give the signer's public key in PEM")?;
        return PublicKey::from_pem(&pem).map(Signer::Key).with_context(|| place::shown(path));
    }
    if let Some(path) = &verifying.ca {
        let pem = read(path, "give the authority's certificate in PEM")?;
        return Authorities::from_pem(&pem).map(Signer::Certificate).with_context(|| place::shown(path));
    }
    let Some(identity) = &verifying.identity else {
        bail!("nobody is named who is to have signed; give --key, --ca, or --identity and --issuer");
    };
    if verifying.issuer.is_none() && !verifying.trusting.github {
        bail!("an identity is only as good as who vouches for it; name the issuer with --issuer");
    }
    let root = trust::root(&verifying.trusting)?;
    trust::tell_age(&root, speech)?;
    Ok(Signer::Keyless(Box::new(Keyless { identity: Some(identity.clone()), issuer: verifying.issuer.clone(), root })))
}

fn terminal(verification: &Verification, unicode: bool, speech: &Speech, out: &mut dyn Write) -> io::Result<()> {
    let (style, sign, word) = match (verification.verified, unicode) {
        (true, true) => (GREEN, "✓", "verified"),
        (true, false) => (GREEN, "ok", "verified"),
        (false, true) => (RED, "✗", "not verified"),
        (false, false) => (RED, "x", "not verified"),
    };
    if speech.quiet && verification.verified {
        return Ok(());
    }
    writeln!(out, "{style}{sign}{style:#} {BOLD}{}{BOLD:#}  {style}{word}{style:#}", plain(&verification.path))?;
    if speech.quiet {
        return Ok(());
    }
    let mut labelled = |label: &str, text: &str| writeln!(out, "  {label:<10}  {}", plain(text));
    if let Some(bundle) = &verification.bundle {
        labelled("signature", bundle)?;
    }
    if let Some(signed_by) = &verification.signed_by {
        for (label, text) in about(signed_by, speech.verbose) {
            labelled(&label, &text)?;
        }
    }
    if let Some(predicate) = &verification.predicate_type {
        labelled("says", predicate)?;
    }
    if let Some(verdict) = &verification.verdict {
        labelled("verdict", &format!("{} at {}", verdict.properties.join(", "), verdict.at))?;
        for policy in &verdict.policies {
            labelled("policy", policy)?;
        }
    }
    if let Some(coverage) = &verification.coverage {
        labelled("covers", &covers(coverage))?;
    }
    if let Some(root) = &verification.trust_root {
        let newest = root.newest.as_deref().unwrap_or("an unknown time");
        let since = root.as_of.as_ref().map(|at| format!(", as of {at}")).unwrap_or_default();
        labelled("trust root", &format!("{}{since}, newest key from {newest}", root.source))?;
    }
    for refusal in &verification.refusals {
        let name = serde_json::to_value(refusal.reason).ok();
        let name = name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        writeln!(out, "\n  {RED}refused{RED:#}[{name}] {}", plain(&refusal.message))?;
        writeln!(out, "    remedy  {}", plain(&refusal.remedy))?;
    }
    Ok(())
}

fn about(signed_by: &SignedBy, verbose: bool) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut add = |label: &str, text: String| lines.push((label.to_owned(), text));
    match (&signed_by.identity, &signed_by.subject) {
        (Some(identity), _) => add("signed by", identity.clone()),
        (None, Some(subject)) => add("signed by", subject.clone()),
        (None, None) => add("signed by", format!("key sha256:{}", signed_by.key)),
    }
    if let Some(issuer) = &signed_by.issuer {
        add("issuer", issuer.clone());
    }
    for time in &signed_by.times {
        let proof = match time.proof {
            Proof::Timestamp => "a timestamp authority",
            Proof::TransparencyLog => "a transparency log",
        };
        add("signed at", format!("{}, proven by {proof}", time.at));
    }
    if signed_by.times.is_empty() {
        add("signed at", "a time that nothing proves".to_owned());
    }
    let told = ["source-repository-uri", "source-repository-ref", "source-repository-digest", "runner-environment"];
    for (name, value) in signed_by.claims.iter().filter(|(name, _)| verbose || told.contains(&name.as_str())) {
        add("claim", format!("{name} = {value}"));
    }
    lines
}

fn covers(coverage: &Coverage) -> String {
    let mut text = speech::counted(coverage.covered, "file");
    let more = [("ignored", &coverage.ignored), ("empty and in no shard", &coverage.empty)];
    for (what, named) in more.into_iter().filter(|(_, named)| named.count > 0) {
        text.push_str(&format!("; {what}: {}", listing(named)));
    }
    text
}

fn listing(named: &Named) -> String {
    let shown: Vec<&str> = named.names.iter().take(SHOWN).map(String::as_str).collect();
    match named.count.saturating_sub(u64::try_from(shown.len()).unwrap_or(0)) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
