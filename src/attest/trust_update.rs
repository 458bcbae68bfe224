//! Trust roots by TUF (The Update Framework): from metadata that stands in this program to the trust root of today, and later again from
//! the folder where it was kept, without a network. Nothing from the network or the folder is believed for lying there.

use crate::attest::GivenError;
use crate::attest::service::{self, ServiceError};
use crate::attest::trust::{Instance, TrustRoot};
use crate::place;
use sigstore_tuf::transport::FetchFuture;
use sigstore_tuf::{Error, FileStore, MetadataStore, Repository, StoreRepository, Updater, UpdaterConfig};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// The metadata that Sigstore's public instance begins with (github.com/sigstore/root-signing, as in sigstore-trust-root 0.15.1).
const PUBLIC: &[u8] = include_bytes!("trust/public.json");

/// The metadata that GitHub's own instance begins with (as in sigstore-trust-root 0.15.1).
const GITHUB: &[u8] = include_bytes!("trust/github.json");

/// What is fetched.
const TARGET: &str = "trusted_root.json";

/// Where it is noted when that was.
const UPDATED: &str = "updated.txt";

/// Bytes of a trust root; the public one has 7 KiB. Metadata has the ceilings of python-tuf, which the crate takes for its own.
const LARGEST: u64 = 1 << 20;

/// Why a trust root could not be updated. The one that was used before is still used.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The metadata to begin with is none.
    #[error("not TUF root metadata ({0}); give the root.json that the instance publishes")]
    Root(String),
    /// The repository cannot be reached.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Metadata that is no longer valid: the repository is not kept up, or somebody holds it back.
    #[error(
        "{0}; the repository offers nothing current: check this machine's clock, try another network, and try again later"
    )]
    Expired(String),
    /// Older metadata than was seen before.
    #[error(
        "{0}; somebody offers what was replaced: try another network, and tell the repository's keepers if it stays so"
    )]
    Rollback(String),
    /// Metadata or a trust root that its keys did not sign.
    #[error("{0}; it was changed on its way: try another network, and tell the repository's keepers if it stays so")]
    Forged(String),
    /// It could not be kept.
    #[error("{folder}: cannot be written ({what}); check permissions, or set XDG_DATA_HOME to another folder")]
    Store {
        /// Where.
        folder: String,
        /// Why.
        what: String,
    },
    /// A trust root that is signed and cannot be used.
    #[error(transparent)]
    Given(#[from] GivenError),
}

/// Where trust begins, and where its continuation is looked for.
pub struct Repositories {
    instance: Option<Instance>,
    root: Vec<u8>,
    url: String,
}

impl Repositories {
    /// An instance's, at its own address or at a mirror's.
    #[must_use]
    pub fn of(instance: Instance, mirror: Option<&str>) -> Self {
        let (root, url) = match instance {
            Instance::Public => (PUBLIC, "https://tuf-repo-cdn.sigstore.dev"),
            Instance::GitHub => (GITHUB, "https://tuf-repo.github.com"),
        };
        Self { instance: Some(instance), root: root.to_vec(), url: mirror.unwrap_or(url).to_owned() }
    }

    /// Another instance's, by the metadata that it begins with.
    #[must_use]
    pub fn other(root: Vec<u8>, url: &str) -> Self {
        Self { instance: None, root, url: url.to_owned() }
    }

    /// Fetches the trust root of today into a folder, and with it what keeps anyone from going back behind it. `now`: RFC 3339 in UTC.
    ///
    /// # Errors
    /// [`UpdateError`]; then nothing in the folder was changed.
    pub fn update(&self, folder: &Path, now: &str) -> Result<TrustRoot, UpdateError> {
        let network = Network { url: self.url.trim_end_matches('/').to_owned() };
        let (root, fresh) = self.read(network, folder, now)?;
        let unwritten = |error: Error| UpdateError::Store { folder: place::shown(folder), what: chain(&error) };
        let store = FileStore::new(folder);
        for (name, bytes) in &fresh {
            store.store(name, bytes).map_err(unwritten)?;
        }
        // The last, so that what broke off before is not taken for an update.
        store.store(UPDATED, now.as_bytes()).map_err(unwritten)?;
        Ok(root)
    }

    /// The trust root that an update kept in a folder, verified anew from where trust begins as of the time of that update. `None` when
    /// there was none.
    ///
    /// # Errors
    /// [`UpdateError`] when what lies there is not what an update wrote.
    pub fn kept(&self, folder: &Path) -> Result<Option<TrustRoot>, UpdateError> {
        let store = FileStore::new(folder);
        let Some(at) = store.load(UPDATED).map_err(failed)? else { return Ok(None) };
        let at = String::from_utf8_lossy(&at).into_owned();
        let (root, _) = self.read(StoreRepository::new(store), folder, &at)?;
        Ok(Some(root))
    }

    /// The trust root, and the files that are new.
    fn read(
        &self,
        from: impl Repository + 'static,
        folder: &Path,
        now: &str,
    ) -> Result<(TrustRoot, BTreeMap<String, Vec<u8>>), UpdateError> {
        let moment =
            crate::time::instant(now).ok_or_else(|| UpdateError::Forged(format!("{UPDATED} holds no time")))?;
        let mut config = UpdaterConfig::default();
        config.target_max_length = LARGEST;
        let updater = Updater::new(from, &self.root).map_err(|error| UpdateError::Root(chain(&error)))?;
        let pending = Arc::new(Pending { kept: FileStore::new(folder), fresh: Mutex::default() });
        let mut updater = updater.with_config(config).with_store(Arc::clone(&pending));
        at_once(updater.refresh(moment))?;
        let json = at_once(updater.get_target(TARGET, moment))?;
        let json = String::from_utf8(json).map_err(|_| GivenError::TrustRoot("it is not UTF-8".to_owned()))?;
        let root = TrustRoot::fetched(&json, self.instance, now)?;
        let fresh = std::mem::take(&mut *pending.fresh.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((root, fresh))
    }
}

/// The name of the trust root in a folder that was updated.
pub const FILE: &str = "targets/trusted_root.json";

/// What was kept before, and what is new and not yet kept: an update that breaks off changes nothing.
struct Pending {
    kept: FileStore,
    fresh: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MetadataStore for Pending {
    fn load(&self, name: &str) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if fresh.is_some() { Ok(fresh) } else { self.kept.load(name) }
    }

    fn store(&self, name: &str, bytes: &[u8]) -> sigstore_tuf::Result<()> {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }
}

/// A repository on the network.
struct Network {
    url: String,
}

impl Network {
    fn fetch(&self, path: &str, largest: u64) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        let url = format!("{}/{path}", self.url);
        let answer = service::get(&url, None, largest).map_err(carried)?;
        // Storage that may not be listed says 403 for what is not there; python-tuf and go-tuf take both for the end of a chain.
        if matches!(answer.status, 403 | 404) {
            return Ok(None);
        }
        answer.accepted(&url).map(Some).map_err(carried)
    }
}

fn carried(error: ServiceError) -> Error {
    Error::Transport { message: error.to_string(), source: Some(Box::new(error)) }
}

impl Repository for Network {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        let fetched = self.fetch(name, max_length);
        Box::pin(async move { fetched })
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        let fetched = self.fetch(&format!("targets/{path}"), max_length);
        Box::pin(async move { fetched })
    }
}

/// Runs a future that never waits: every repository and store of this file answers before it hands one out.
fn at_once<T>(future: impl Future<Output = sigstore_tuf::Result<T>>) -> Result<T, UpdateError> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.map_err(failed),
        Poll::Pending => Err(UpdateError::Forged("the update stopped half-way".to_owned())),
    }
}

fn failed(error: Error) -> UpdateError {
    let what = chain(&error);
    match error {
        Error::Transport { source: Some(source), .. } => match source.downcast::<ServiceError>() {
            Ok(error) => UpdateError::Service(*error),
            Err(_) => UpdateError::Forged(what),
        },
        Error::Expired { .. } => UpdateError::Expired(what),
        Error::Rollback { .. } | Error::BadRootVersion { .. } => UpdateError::Rollback(what),
        _ => UpdateError::Forged(what),
    }
}

/// An error with its causes, escaped: some of it comes from the network.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    place::escape_cut(text.as_bytes(), 300)
}
