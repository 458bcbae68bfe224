//! A report as a CycloneDX ML-BOM: what was judged, with its digests, and what came of it. Nothing is said that the report does not say:
//! no licence, no author, no model card.
//!
//! It is version 1.6, which has everything that is written here and which readers take that do not know 1.7 yet (GitLab, for one).

use crate::digest;
use crate::facts::ArtifactKind;
use crate::report::{json, told, words};
use crate::verdict::{ArtifactReport, FileReport, Finding, JudgedFrom, Layer, Report, Verdict, WaiverReport};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes a report.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let components: Vec<Value> =
        (1usize..).zip(&report.artifacts).map(|(number, artifact)| component(number, artifact)).collect();
    let bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial(report)?,
        "version": 1,
        "metadata": {
            "timestamp": report.evaluated_at,
            "tools": {"components": [{
                "type": "application",
                "name": "weighbridge",
                "version": report.tool.version,
                "externalReferences": [{"type": "website", "url": env!("CARGO_PKG_REPOSITORY")}],
            }]},
            "properties": properties(report),
        },
        "components": components,
    });
    json(&bom, out)
}

/// A UUID made of the report's digest (RFC 9562, version 8), so that one report gives one BOM.
fn serial(report: &Report) -> io::Result<String> {
    let digest = digest::of(&serde_json::to_vec(report)?).sha256;
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    let (one, two, three, four, five) = (part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32));
    Ok(format!("urn:uuid:{one}-{two}-8{three}-8{four}-{five}"))
}

fn component(number: usize, artifact: &ArtifactReport) -> Value {
    let reference = format!("artifact-{number}");
    let mut component = json!({
        "type": "machine-learning-model",
        "bom-ref": reference,
        "name": artifact.path,
        "properties": of_artifact(artifact),
    });
    let digest = artifact.digest.as_ref().map(|digest| digest.sha256.as_str());
    let files = match artifact.kind {
        ArtifactKind::File => Vec::new(),
        ArtifactKind::Directory => {
            (1usize..).zip(&artifact.files).map(|(number, one)| file(&reference, number, one)).collect::<Vec<_>>()
        }
    };
    if let Some(fields) = component.as_object_mut() {
        if let Some(hashes) = digest.filter(|_| artifact.kind == ArtifactKind::File).and_then(hashes) {
            fields.insert("hashes".to_owned(), hashes);
        }
        if !files.is_empty() {
            fields.insert("components".to_owned(), files.into());
        }
    }
    component
}

fn file(artifact: &str, number: usize, file: &FileReport) -> Value {
    let formats = file.formats.iter().map(|format| property("format", &format.name()));
    let properties: Vec<Value> = [property("size", &file.size.to_string())].into_iter().chain(formats).collect();
    let mut component = json!({
        "type": "file",
        "bom-ref": format!("{artifact}-file-{number}"),
        "name": file.path,
        "properties": properties,
    });
    let hashes = file.digest.as_ref().and_then(|digest| hashes(&digest.sha256));
    if let (Some(hashes), Some(fields)) = (hashes, component.as_object_mut()) {
        fields.insert("hashes".to_owned(), hashes);
    }
    component
}

/// A report from elsewhere may hold what is no digest; CycloneDX takes none then.
fn hashes(sha256: &str) -> Option<Value> {
    let digest = sha256.len() == 64 && sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
    digest.then(|| json!([{"alg": "SHA-256", "content": sha256}]))
}

/// What a property's name says of the whole run.
fn properties(report: &Report) -> Vec<Value> {
    let from = if report.judged_from == JudgedFrom::Content { "content" } else { "facts" };
    let mut properties = vec![
        property("verdict", verdict(report.verdict)),
        property("judged-from", from),
        property("audit", if report.audit { "true" } else { "false" }),
        property("policy-digest", &report.policy.digest),
    ];
    for source in &report.policy.sources {
        let layer = match source.layer {
            Layer::Embedded => "embedded",
            Layer::Organisation => "organisation",
            Layer::Repository => "repository",
        };
        let signed = source.signed_by.as_ref().map(|who| format!(", signed by {who}")).unwrap_or_default();
        properties.push(property("policy-source", &format!("{layer} {} {}{signed}", source.digest, source.name)));
    }
    properties.extend(report.policy.base.iter().map(|base| property("policy-base", base)));
    properties.extend(report.waivers.iter().map(waiver));
    let not_judged = report.errors.iter();
    properties.extend(not_judged.map(|error| property("not-judged", &format!("{}: {}", error.path, told::why(error)))));
    properties
}

fn of_artifact(artifact: &ArtifactReport) -> Vec<Value> {
    let mut properties =
        vec![property("verdict", verdict(artifact.verdict)), property("size", &artifact.size.to_string())];
    if let Some(digest) = artifact.digest.as_ref().filter(|_| artifact.kind == ArtifactKind::Directory) {
        // It is over the digests of the files: no content has it as its hash.
        properties.push(property("directory-digest", &format!("sha256:{}", digest.sha256)));
    }
    properties.extend(artifact.formats.iter().map(|format| property("format", format)));
    properties.extend(artifact.findings.iter().map(finding));
    properties.extend(artifact.incomplete.iter().map(|record| {
        let waived = if record.waived { " (waived)" } else { "" };
        property("not-read", &format!("{}: {}{waived}", record.place, record.what))
    }));
    properties.extend(artifact.excluded.iter().map(|file| property("excluded", file)));
    properties
}

fn finding(finding: &Finding) -> Value {
    let offset = finding.offset.map(|offset| format!(", byte {offset}")).unwrap_or_default();
    let waived = finding
        .waived
        .as_ref()
        .map(|waived| format!(" (waived by {} until {}: {})", waived.approver, waived.expires, waived.reason));
    let text = format!("{}[{}] {}{offset}: {}", finding.level, finding.rule, finding.place, finding.message);
    property("finding", &format!("{text}{}", waived.unwrap_or_default()))
}

fn waiver(waiver: &WaiverReport) -> Value {
    let proof = words::proof(waiver.approver_proof, waiver.signed_by.as_deref());
    let state = serde_json::to_value(waiver.state).ok().and_then(|state| state.as_str().map(str::to_owned));
    let WaiverReport { rule, path, digest, approver, expires, reason, .. } = waiver;
    let state = state.unwrap_or_default();
    let text =
        format!("{state} {rule} at {path} sha256:{}, by {approver} ({proof}) until {expires}: {reason}", digest.sha256);
    property("waiver", &text)
}

fn verdict(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Passed { "passed" } else { "failed" }
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": format!("weighbridge:{name}"), "value": value})
}
