//! `weighbridge sign`: judges as `check` does, and signs what was approved: the model by its files, and the verdict.

use crate::attest::{Bundle, CertifiedKey, IN_TOTO, PrivateKeyFile, Sign, Signable};
use crate::cli::arguments::{Judging, ReportOutput, Signing, Speech};
use crate::cli::exit::Exit;
use crate::cli::progress::Bar;
use crate::cli::setup::Setup;
use crate::cli::{given, identity, judging, outlet, paths, places, speech};
use crate::extract::{self, Wanted};
use crate::gate::{self, Options, Terms};
use crate::place;
use crate::verdict::Report;
use anyhow::{Context as _, bail};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The variable that may hold a key's password.
const PASSWORD: &str = "WEIGHBRIDGE_KEY_PASSWORD";

/// Bytes of a key's or a password's file; real ones have some hundred.
const SECRET: usize = 64 << 10;

/// `weighbridge sign`.
pub(super) fn sign(
    model: &Path,
    judging: &Judging,
    signing: &Signing,
    output: &ReportOutput,
    speech: &Speech,
) -> anyhow::Result<Exit> {
    if judging.audit {
        bail!("--audit lets everything through, so nothing that it judges can be signed; sign without it");
    }
    // What is given to sign with comes first: a mistake in it is told whatever the model is.
    let signer = signer(signing, speech)?;
    let targets = Targets::new(model, signing)?;
    let setup = Setup::for_judging(judging)?;
    let inputs = judging::inputs(&[model.to_owned()], judging, &setup);
    let keyless = &signing.keyless;
    let given = [
        &signing.key,
        &signing.certificate,
        &signing.chain,
        &signing.password_file,
        &keyless.identity_token,
        &keyless.signing_config,
        &keyless.trusted_root,
    ];
    let inputs: Vec<PathBuf> = inputs.into_iter().chain(given.into_iter().flatten().cloned()).collect();
    paths::keep(&inputs, outlet::files(output).chain([targets.bundle.as_path(), targets.attestations.as_path()]))?;
    let bar = Bar::new(&[model.to_owned()], speech.quiet);
    let now = judging::now();
    let terms = Terms {
        evaluated_at: &now,
        fail_on: setup.fail_on,
        exclude: &setup.config.exclude.matcher(),
        waivers: &setup.waivers(&now)?,
        audit: false,
        replay: false,
        signing: true,
    };
    let options = Options { limits: &setup.config.limits, progress: &bar, known: &setup.known, terms };
    let mut checked = gate::check(&[model.to_owned()], &setup.layers, &judging::program()?, &options)?;
    bar.finish();
    judging::place(&mut checked.report, &setup);
    let exit = outlet::write(&checked.report, output, speech)?;
    if exit != Exit::Passed {
        return Ok(exit);
    }
    let [approved] = checked.approved.as_slice() else {
        speech::error(speech.color, &unapproved(&checked.report));
        return Ok(Exit::Failed);
    };
    // A second pass over the files, whose digests have to be those of the first: whatever changed since is found.
    let measure = signing.measure();
    let bar = Bar::new(&[model.to_owned()], speech.quiet);
    let measures = |name: &str, _: u64| Signable::measures(name, measure);
    let wanted = Wanted { measures: &measures, files: setup.config.limits.files, progress: &bar };
    let inventory = extract::inventory(model, &wanted)?;
    bar.finish();
    let ignored = targets.ignored(model, signing);
    let signable = Signable::new(approved, &inventory, &name(model), measure, &ignored)?;
    let bundle = signer.sign(IN_TOTO, &signable.manifest())?;
    let mut attestations = Vec::new();
    for payload in signable.attestations(signing.vsa.as_deref()) {
        attestations.push(signer.sign(IN_TOTO, &payload)?);
    }
    targets.write(&bundle, &attestations, signing.force)?;
    for (what, path) in [("the model", &targets.bundle), ("the verdict", &targets.attestations)] {
        speech::note(speech, &format!("{what} is signed in {}", place::shown(path)));
    }
    if !signing.ignore.is_empty() {
        speech::note(speech, &format!("not signed: {}; verify with the same --ignore", signing.ignore.join(", ")));
    }
    if std::fs::symlink_metadata(model.join(".git")).is_ok() {
        speech::note(
            speech,
            "not signed: .git, which is no part of a model; verify a copy without it, or with --ignore .git",
        );
    }
    Ok(Exit::Passed)
}

/// Why an artifact that passed is not approved: it passed with less than all of it read.
fn unapproved(report: &Report) -> String {
    let artifacts = report.artifacts.iter();
    let unread = artifacts.clone().flat_map(|artifact| &artifact.incomplete).map(|unread| unread.place.as_str());
    let excluded = artifacts.flat_map(|artifact| &artifact.excluded).map(String::as_str);
    let (unread, excluded): (Vec<&str>, Vec<&str>) = (unread.take(5).collect(), excluded.take(5).collect());
    let mut why = "passed, and nothing was signed: a signature is over what was read whole".to_owned();
    if !unread.is_empty() {
        why.push_str(&format!("\nnot read: {}", unread.join(", ")));
    }
    if !excluded.is_empty() {
        why.push_str(&format!("\nexcluded by the configuration: {}", excluded.join(", ")));
    }
    why.push_str("\ntake these out of the model, or put them in a form that is read, and sign again");
    why
}

/// Who signs.
fn signer(signing: &Signing, speech: &Speech) -> anyhow::Result<Box<dyn Sign>> {
    if signing.keyless.keyless {
        return identity::signer(&signing.keyless, speech);
    }
    let Some(path) = &signing.key else { bail!("nobody is named who signs; give --key or --keyless") };
    let shown = place::shown(path);
    let file = PrivateKeyFile::from_pem(&secret(path)?).with_context(|| shown.clone())?;
    let password = if file.encrypted() { password(signing, &shown)? } else { None };
    let key = file.open(password.as_ref().map(|password| password.as_str())).with_context(|| shown.clone())?;
    let Some(certificate) = &signing.certificate else { return Ok(Box::new(key)) };
    let leaf = given::small(certificate, "give the signer's certificate in PEM")?;
    let chain = signing.chain.as_ref().map(|chain| given::small(chain, "give certificates in PEM")).transpose()?;
    let now = u64::try_from(jiff::Timestamp::now().as_second()).context("this machine's clock stands before 1970")?;
    let certified = CertifiedKey::new(key, &leaf, &chain.unwrap_or_default(), now);
    Ok(Box::new(certified.with_context(|| place::shown(certificate))?))
}

/// The password of an encrypted key: from a file, the environment, or who sits at the terminal.
fn password(signing: &Signing, key: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
    if let Some(path) = &signing.password_file {
        let bytes = secret(path)?;
        let text = std::str::from_utf8(&bytes).ok().with_context(|| {
            format!("{}: not UTF-8; give a file that holds the password and nothing else", place::shown(path))
        })?;
        if text.trim_matches(['\r', '\n']).is_empty() {
            bail!(
                "{}: holds no password; write it there, or take --password-file away to be asked",
                place::shown(path)
            );
        }
        // The end of a line is the editor's.
        let text = text.strip_suffix('\n').unwrap_or(text);
        return Ok(Some(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned())));
    }
    match std::env::var(PASSWORD) {
        Ok(password) => return Ok(Some(Zeroizing::new(password))),
        Err(std::env::VarError::NotUnicode(_)) => {
            bail!("{PASSWORD}: not UTF-8; give the password with --password-file")
        }
        Err(std::env::VarError::NotPresent) => {}
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    let asked = rpassword::prompt_password(format!("password of {key}: "));
    asked.map(|password| Some(Zeroizing::new(password))).context("the password could not be read from the terminal")
}

/// The content of a small file, in memory that is overwritten when it is dropped. It may be a pipe.
fn secret(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let shown = place::shown(path);
    // Room for all of it, so that no part of it is left behind in memory that was too small.
    let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET.saturating_add(64)));
    let file = std::fs::File::open(path)
        .with_context(|| format!("{shown}: cannot be opened; check the path and its permissions"))?;
    if file.metadata().is_ok_and(|found| found.is_dir()) {
        bail!("{shown}: a directory; name the file in it");
    }
    let limit = u64::try_from(SECRET).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).with_context(|| format!("{shown}: cannot be read"))?;
    if bytes.len() > SECRET {
        bail!("{shown}: more than {SECRET} bytes; a key or a password is far smaller, name its file");
    }
    Ok(bytes)
}

/// The model's own name.
fn name(model: &Path) -> String {
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    name(model).or_else(|| name(&model.canonicalize().ok()?)).unwrap_or_else(|| "model".to_owned())
}

/// Where signature and attestations are written.
struct Targets {
    bundle: PathBuf,
    attestations: PathBuf,
}

impl Targets {
    fn new(model: &Path, signing: &Signing) -> anyhow::Result<Self> {
        let nowhere = || "there is no name for the signature; give its file with --bundle and --attestations";
        let bundle = match &signing.bundle {
            Some(bundle) => bundle.clone(),
            None => places::signatures(model)?.0.into_iter().next().with_context(nowhere)?,
        };
        let attestations = match (&signing.attestations, &signing.bundle) {
            (Some(attestations), _) => attestations.clone(),
            (None, Some(bundle)) => places::attestations_beside(bundle).with_context(nowhere)?,
            (None, None) => places::attestations(model)?.into_iter().next().with_context(nowhere)?,
        };
        let targets = Self { bundle, attestations };
        for path in [&targets.bundle, &targets.attestations] {
            let shown = place::shown(path);
            if std::fs::symlink_metadata(path).is_err() {
                continue;
            }
            if !signing.force {
                bail!("{shown}: already there, nothing was signed; use --force to replace it");
            }
            let bytes = given::bundle(path, "name another file for the signature")?;
            if Bundle::read_all(&bytes).is_err() {
                bail!("{shown}: is no signature, and --force replaces nothing else; name another file");
            }
        }
        Ok(targets)
    }

    /// The paths inside the model that the signature leaves out: its own, and those that were named.
    fn ignored(&self, model: &Path, signing: &Signing) -> Vec<String> {
        let own = [&self.bundle, &self.attestations].into_iter().filter_map(|path| places::inside(model, path));
        own.chain(signing.ignore.iter().cloned()).collect()
    }

    /// Writes both, or neither: each is complete before it has its name.
    fn write(&self, bundle: &str, attestations: &[String], force: bool) -> anyhow::Result<()> {
        let lines = attestations.iter().map(|line| format!("{line}\n")).collect::<String>();
        let files = [(&self.bundle, format!("{bundle}\n")), (&self.attestations, lines)];
        let mut written = Vec::new();
        for (path, text) in &files {
            let shown = place::shown(path);
            let file = complete(path, text.as_bytes());
            written.push((
                path,
                file.with_context(|| format!("{shown}: cannot be written; check the path and its permissions"))?,
            ));
        }
        for (path, file) in written {
            let named = if force { file.persist(path) } else { file.persist_noclobber(path) };
            named
                .map(drop)
                .map_err(|error| error.error)
                .with_context(|| format!("{}: cannot be written, or came to be there meanwhile", place::shown(path)))?;
        }
        Ok(())
    }
}

/// A whole file beside the one that it will be.
fn complete(path: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".weighbridge-");
    // A signature is for everybody to read, as far as the process lets files be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}
