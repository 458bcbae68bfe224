//! Locations, and fetching from a small server of this machine that answers what a test tells it.

use super::*;
use crate::digest;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// Path to status, header line and body.
type Pages = BTreeMap<String, (u16, String, Vec<u8>)>;

/// A server for a few requests. Gives its host and port, and the request lines with the credentials that came.
fn serve(pages: Pages) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let pages: Pages = pages
        .into_iter()
        .map(|(path, (status, header, body))| (path, (status, header.replace("HOST", &host), body)))
        .collect();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(16).flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let first = lines.next().unwrap_or_default();
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let allowed = lines.find_map(|line| line.to_lowercase().strip_prefix("authorization: ").map(str::to_owned));
            noted.lock().unwrap().push(format!("{path} {}", allowed.clone().unwrap_or_default()));
            let wanted = if allowed.is_some() { format!("{path}+") } else { path.clone() };
            let page = pages.get(&wanted).or_else(|| pages.get(&path));
            let (status, header, body) = page.cloned().unwrap_or((404, String::new(), b"none".to_vec()));
            let head =
                format!("HTTP/1.1 {status} X\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let mut stream = &stream;
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    (host, seen)
}

fn page(status: u16, header: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
    (status, header.to_owned(), body.to_vec())
}

fn nobody(_: &str) -> Option<String> {
    None
}

#[test]
fn a_location_has_a_digest_and_a_safe_scheme() {
    let digest = "ab".repeat(32);
    for text in [
        format!("https://example.com/a@b/set.tar.gz@sha256:{digest}"),
        format!("oci://ghcr.io/org/policy@sha256:{digest}"),
    ] {
        assert_eq!(Location::parse(&text).unwrap().to_string(), text);
    }
    for (text, word) in [
        ("https://example.com/set.tar.gz".to_owned(), "no digest"),
        ("oci://ghcr.io/org/policy:latest".to_owned(), "no digest"),
        (format!("https://example.com/set@sha256:{}", "AB".repeat(32)), "no digest"),
        (format!("http://example.com/set@sha256:{digest}"), "neither"),
        (format!("http://localhost.example.com/set@sha256:{digest}"), "neither"),
        (format!("http://localhost:80@example.com/set@sha256:{digest}"), "a user or a password"),
        (format!("https://user:secret@example.com/set@sha256:{digest}"), "`example.com`"),
        (format!("ftp://example.com/set@sha256:{digest}"), "neither"),
        (format!("oci://ghcr.io@sha256:{digest}"), "no reference"),
        (format!("oci://ghcr.io/../x@sha256:{digest}"), "no reference"),
        (format!("oci://user@ghcr.io/x@sha256:{digest}"), "no reference"),
    ] {
        let error = Location::parse(&text).unwrap_err().to_string();
        assert!(error.contains(word) && !error.contains("secret"), "{error}");
    }
}

#[test]
fn a_file_is_what_its_digest_says_or_nothing() {
    let pages = [
        ("/set", page(200, "", b"content")),
        ("/moved", page(302, "Location: /set\r\n", b"")),
        ("/gone", page(410, "", b"")),
    ];
    let (host, _) = serve(pages.map(|(path, page)| (path.to_owned(), page)).into());
    let at = |path: &str, sha256: &str| Location::parse(&format!("http://{host}{path}@sha256:{sha256}")).unwrap();
    let right = digest::of(b"content").sha256;
    assert_eq!(fetch(&at("/set", &right), &nobody).unwrap(), b"content");
    assert_eq!(fetch(&at("/moved", &right), &nobody).unwrap(), b"content");
    let error = fetch(&at("/set", &"0".repeat(64)), &nobody).unwrap_err().to_string();
    assert!(error.contains(&right) && error.contains("do not use it"), "{error}");
    assert!(fetch(&at("/gone", &right), &nobody).unwrap_err().to_string().contains("410"));
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let location = Location::parse(&format!("http://127.0.0.1:{port}/set@sha256:{}", "0".repeat(64))).unwrap();
    assert!(fetch(&location, &nobody).unwrap_err().to_string().contains("cannot be fetched"));
}

/// A manifest with these layers, and the digest of it.
fn manifest(layers: &[(&str, &[u8])]) -> (Vec<u8>, String) {
    let layers: Vec<serde_json::Value> = layers
        .iter()
        .map(|(kind, body)| serde_json::json!({"mediaType": kind, "digest": format!("sha256:{}", digest::of(body).sha256), "size": body.len()}))
        .collect();
    let body = serde_json::json!({"schemaVersion": 2, "layers": layers}).to_string().into_bytes();
    let sha256 = digest::of(&body).sha256;
    (body, sha256)
}

const TAR: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

#[test]
fn a_registry_is_asked_by_digest_with_a_token_for_one_repository() {
    let (body, sha256) = manifest(&[("text/plain", b"words"), (TAR, b"archive")]);
    let (at, blob) = (
        format!("/v2/org/policy/manifests/sha256:{sha256}"),
        format!("/v2/org/policy/blobs/sha256:{}", digest::of(b"archive").sha256),
    );
    let challenge = "WWW-Authenticate: Bearer realm=\"http://HOST/token\",service=\"a registry\"\r\n";
    let token = "/token?service=a%20registry&scope=repository:org/policy:pull";
    let pages = [
        (at.clone(), page(401, challenge, b"")),
        (format!("{at}+"), page(200, "", &body)),
        (token.to_owned(), page(200, "", br#"{"token": "abc"}"#)),
        (format!("{blob}+"), page(200, "", b"archive")),
    ];
    let (host, seen) = serve(pages.into());
    let location = Location::parse(&format!("oci://{host}/org/policy@sha256:{sha256}")).unwrap();
    let own = |asked: &str| (asked == host).then(|| "Basic eA==".to_owned());
    assert_eq!(fetch(&location, &own).unwrap(), b"archive");
    let seen = seen.lock().unwrap();
    assert_eq!(
        *seen,
        [format!("{at} "), format!("{token} basic ea=="), format!("{at} bearer abc"), format!("{blob} bearer abc")]
    );
}

#[test]
fn a_registry_that_answers_something_else_is_refused() {
    let (two, two_digest) = manifest(&[(TAR, b"one"), (TAR, b"two")]);
    let (swapped, swapped_digest) = manifest(&[(TAR, b"archive")]);
    let at = |sha256: &str| format!("/v2/p/q/manifests/sha256:{sha256}");
    let index = br#"{"schemaVersion": 2, "manifests": []}"#;
    let pages = [
        (at(&two_digest), page(200, "", &two)),
        (at(&swapped_digest), page(200, "", &swapped)),
        (format!("/v2/p/q/blobs/sha256:{}", digest::of(b"archive").sha256), page(200, "", b"another")),
        (at(&"1".repeat(64)), page(200, "", &swapped)),
        (at(&digest::of(index).sha256), page(200, "", index)),
        (at(&"2".repeat(64)), page(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b"")),
    ];
    let (host, _) = serve(pages.into());
    for (sha256, word) in [
        (two_digest.as_str(), "exactly one layer"),
        (&swapped_digest, "do not use it"),
        (&"1".repeat(64), "do not use it"),
        (&digest::of(index).sha256, "no list of layers"),
        (&"2".repeat(64), "log in"),
        (&"3".repeat(64), "404"),
    ] {
        let location = Location::parse(&format!("oci://{host}/p/q@sha256:{sha256}")).unwrap();
        let error = fetch(&location, &nobody).unwrap_err().to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn redirects_carry_no_credentials_and_no_challenge() {
    let challenge = "WWW-Authenticate: Bearer realm=\"http://HOST/token\"\r\n";
    let pages = [
        ("/asks", page(401, challenge, b"")),
        ("/token", page(200, "", br#"{"token": "abc"}"#)),
        ("/blob", page(200, "", b"archive")),
    ];
    let (other, seen) = serve(pages.map(|(path, page)| (path.to_owned(), page)).into());
    let (body, sha256) = manifest(&[(TAR, b"archive")]);
    let blob = format!("/v2/p/q/blobs/sha256:{}", digest::of(b"archive").sha256);
    let at = |sha256: &str| format!("/v2/p/q/manifests/sha256:{sha256}");
    let pages = [
        (at(&"1".repeat(64)), page(302, &format!("Location: http://{other}/asks\r\n"), b"")),
        (at(&sha256), page(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b"")),
        (format!("{}+", at(&sha256)), page(200, "", &body)),
        (format!("{blob}+"), page(307, &format!("Location: http://{other}/blob\r\n"), b"")),
    ];
    let (host, _) = serve(pages.into());
    let own = |_: &str| Some("Basic eA==".to_owned());
    let fetch = |sha256: &str| fetch(&Location::parse(&format!("oci://{host}/p/q@sha256:{sha256}")).unwrap(), &own);
    assert!(fetch(&"1".repeat(64)).unwrap_err().to_string().contains("401"));
    assert_eq!(fetch(&sha256).unwrap(), b"archive");
    // The other server was asked twice, each time without credentials, and its own service for tokens never.
    assert_eq!(*seen.lock().unwrap(), ["/asks ", "/blob "]);
}
