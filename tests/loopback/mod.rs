//! A server on this machine for tests: one answer a connection, by a function of the request.
#![allow(dead_code, reason = "each test uses a part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request as it came.
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    /// The host and port that were asked.
    pub host: String,
    pub authorization: Option<String>,
    pub body: Vec<u8>,
}

/// Serves until the test ends; the address without a slash at its end.
pub fn serve(answer: impl Fn(&Request) -> (u16, Vec<u8>) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let request = read(&stream);
                let (status, body) = answer(&request);
                let head =
                    format!("HTTP/1.1 {status} As\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                // Who has seen enough closes early.
                let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(&body));
            });
        }
    });
    url
}

/// An address where nobody listens.
pub fn nobody() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut host, mut authorization) = (0, String::new(), None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "host" => host = value.trim().to_owned(),
            "authorization" => authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { method, path, host, authorization, body }
}
