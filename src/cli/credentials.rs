//! What `docker login` left for a registry. Credential helpers are programs, and none is started.

use crate::files::{Disk, Files as _};
use crate::place;
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Bytes of docker's configuration that are read.
const CEILING: u64 = 1 << 20;

/// Docker's configuration (docker/cli, `cli/config/configfile`), as far as it is about registries.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    config: Value,
    shown: String,
}

impl Credentials {
    /// Reads `config.json` of `$DOCKER_CONFIG`, or of `.docker` in the home folder. Without one nobody is logged in.
    pub(super) fn read() -> anyhow::Result<Self> {
        let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || std::env::home_dir().map(|home| home.join(".docker"));
        match named("DOCKER_CONFIG").or_else(home) {
            Some(folder) => Self::from_file(&folder.join("config.json")),
            None => Ok(Self::default()),
        }
    }

    fn from_file(file: &Path) -> anyhow::Result<Self> {
        let shown = place::shown(file);
        let text = match Disk.text(file, CEILING) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.with_context(|| format!("{shown}: docker's configuration cannot be read; check it"))?,
        };
        let Ok(config @ Value::Object(_)) = serde_json::from_str(&text) else {
            bail!("{shown}: docker's configuration is no JSON object; log in again with `docker login`");
        };
        Ok(Self { config, shown })
    }

    /// The value of `Authorization` for a registry.
    pub(super) fn of(&self, registry: &str) -> Option<String> {
        let entries = self.config.get("auths")?.as_object()?;
        let auth = entries.iter().find(|(key, _)| host(key) == registry)?.1.get("auth")?.as_str()?;
        // It is base64 already, which has no other characters; a header must not hold more.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        (!auth.is_empty() && auth.bytes().all(plain)).then(|| format!("Basic {auth}"))
    }

    /// Why nothing may be known of a registry although somebody logged in.
    pub(super) fn hint(&self, registry: &str) -> Option<String> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let of = self.config.get("credHelpers").and_then(|helpers| helpers.get(registry)).and_then(text);
        let helper = of.or_else(|| self.config.get("credsStore").and_then(text))?;
        Some(format!(
            "{} leaves credentials to the helper `docker-credential-{}`, which is not started here; log in with a DOCKER_CONFIG of its own \
             that names no helper",
            self.shown,
            place::escape(helper.as_bytes())
        ))
    }
}

/// The host of a key: docker writes hosts, and addresses as `https://HOST/v1/`.
fn host(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Credentials> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        std::fs::write(&file, text).unwrap();
        Credentials::from_file(&file)
    }

    #[test]
    fn a_registry_gets_its_own_credentials_and_no_other() {
        let read = read(
            r#"{"auths": {"a.example": {"auth": "eDp5"}, "https://b.example/v1/": {"auth": "eg=="},
            "c.example": {"auth": "x\r\nHost: y"}, "d.example": {}}}"#,
        )
        .unwrap();
        assert_eq!(read.of("a.example").as_deref(), Some("Basic eDp5"));
        assert_eq!(read.of("b.example").as_deref(), Some("Basic eg=="));
        for none in ["c.example", "d.example", "a.example:443", "example", ""] {
            assert_eq!(read.of(none), None, "{none}");
        }
        assert_eq!(read.hint("d.example"), None);
    }

    #[test]
    fn helpers_are_told_and_not_started() {
        let read =
            read(r#"{"auths": {"a.example": {}}, "credsStore": "desktop", "credHelpers": {"b.example": "own"}}"#)
                .unwrap();
        assert!(read.hint("a.example").unwrap().contains("`docker-credential-desktop`, which is not started"));
        assert!(read.hint("b.example").unwrap().contains("`docker-credential-own`"));
    }

    #[test]
    fn what_is_no_configuration_is_an_error_and_none_is_nobody() {
        assert!(read("[]").unwrap_err().to_string().contains("no JSON object"));
        assert!(Credentials::from_file(Path::new("no/such/config.json")).unwrap().of("a.example").is_none());
    }
}
