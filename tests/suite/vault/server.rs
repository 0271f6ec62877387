//! Recorded Vault answers on loopback: the bodies that Vault's documentation shows, told as such.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

/// What was asked.
pub struct Asked {
    pub path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map_or("", |(_, value)| value)
    }
}

/// What is answered.
pub enum Reply {
    /// Byte for byte.
    Bytes(String),
    /// A body without an end.
    Endless,
    /// Nothing.
    Silence,
    /// A byte now and then.
    Drops,
}

pub fn reply(status: u16, further: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
content-length: {length}\r\n{further}connection: close\r\n\r\n{body}"
    ))
}

pub fn body(status: u16, body: &Value) -> Reply {
    reply(status, "", &body.to_string())
}

pub fn errors(status: u16, errors: &[&str]) -> Reply {
    body(status, &json!({ "errors": errors }))
}

/// Reading a secret of KV version 2.
pub fn version_2(data: &Value) -> Reply {
    body(
        200,
        &json!({
            "request_id": "85b6b3a8-33bd-a7cd-12ac-2b62f2a7c3bd",
            "lease_id": "", "renewable": false, "lease_duration": 0,
            "data": { "data": data, "metadata": {
                "created_time": "2018-03-22T02:24:06.945319214Z", "custom_metadata": null,
                "deletion_time": "", "destroyed": false, "version": 2 } },
            "wrap_info": null, "warnings": null, "auth": null, "mount_type": "kv"
        }),
    )
}

/// Reading a secret whose newest version was deleted.
pub fn deleted() -> Reply {
    body(
        404,
        &json!({
            "request_id": "0f4b5a8e-43a5-c8b8-96f8-f6ccd4bd2a8a",
            "lease_id": "", "renewable": false, "lease_duration": 0,
            "data": { "data": null, "metadata": {
                "created_time": "2018-03-22T02:24:06.945319214Z",
                "deletion_time": "2018-03-22T02:36:43.986212308Z", "destroyed": false, "version": 3 } },
            "wrap_info": null, "warnings": null, "auth": null
        }),
    )
}

/// Reading a secret of KV version 1.
pub fn version_1(data: &Value) -> Reply {
    body(
        200,
        &json!({
            "request_id": "e9cc9e6f-15a0-a6b8-8a0a-7f4a2e3e6d53",
            "lease_id": "", "lease_duration": 2_764_800, "renewable": false, "data": data,
            "wrap_info": null, "warnings": null, "auth": null
        }),
    )
}

/// What `sys/internal/ui/mounts/PATH` says.
pub fn mount(path: &str, options: &Value) -> Reply {
    body(
        200,
        &json!({ "data": {
            "accessor": "kv_f0b9e2a3", "path": path, "type": "kv", "options": options,
            "description": "", "local": false, "seal_wrap": false, "external_entropy_access": false,
            "config": { "default_lease_ttl": 2_764_800, "max_lease_ttl": 2_764_800 } } }),
    )
}

/// An authority of its own and a certificate for loopback.
pub struct Papers {
    pub authority: String,
    config: Arc<ServerConfig>,
}

impl Papers {
    pub fn new(name: &str) -> Self {
        let authority_key = rcgen::KeyPair::generate().expect("a key");
        let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        let names = &mut authority.distinguished_name;
        names.push(rcgen::DnType::CommonName, name);
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let own = authority.self_signed(&authority_key).expect("an authority");
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().expect("a key");
        let server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]);
        let server = server.expect("parameters").signed_by(&key, &issuer);
        let chain = vec![CertificateDer::from(server.expect("a certificate"))];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key);
        Self {
            authority: own.pem(),
            config: Arc::new(config.expect("a certificate and its key")),
        }
    }
}

/// Starts a server that answers as told; it ends with the test. Returns its address.
pub fn start(answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> String {
    let (listener, address) = listening();
    serve(listener, answers, None);
    format!("http://{address}")
}

/// The same over TLS.
pub fn start_tls(
    papers: &Papers,
    answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> String {
    let (listener, address) = listening();
    serve(listener, answers, Some(papers.config.clone()));
    format!("https://{address}")
}

fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

fn serve(
    listener: TcpListener,
    answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    config: Option<Arc<ServerConfig>>,
) {
    let answers = Arc::new(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answers, config) = (answers.clone(), config.clone());
            std::thread::spawn(move || match config {
                Some(config) => {
                    let connection = ServerConnection::new(config).ok()?;
                    one(StreamOwned::new(connection, stream), &*answers)
                }
                None => one::<TcpStream>(stream, &*answers),
            });
        }
    });
}

/// Answers one request; a connection that asks for nothing is let go.
fn one<S: Read + Write>(stream: S, answers: &dyn Fn(&Asked) -> Reply) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let stream = reader.get_mut();
    match answers(&Asked { path, headers }) {
        Reply::Bytes(bytes) => stream.write_all(bytes.as_bytes()).ok()?,
        Reply::Silence => std::thread::sleep(Duration::from_secs(30)),
        Reply::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 X\r\n\r\n{\"data\":\"")
                .ok()?;
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
        Reply::Drops => {
            stream.write_all(b"HTTP/1.1 200 X\r\n\r\n").ok()?;
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
    stream.flush().ok()
}
