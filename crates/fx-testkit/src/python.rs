//! Other people's Python: a mail server, and the library that verifies webhooks.

use std::io::Write;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Server;

/// A mail server that keeps what it is given. Recipients whose name begins with `nobody` are refused for good, those with
/// `later` for the time being.
pub struct Mail(Server);

impl Mail {
    /// One that anybody may use, in the clear.
    pub fn start() -> Self {
        Self::start_with(Vec::new())
    }

    /// The same with further arguments: `--tls implicit|starttls CERTIFICATE KEY`, `--user USER PASSWORD`.
    pub fn start_with(further: Vec<String>) -> Self {
        let python = prepared();
        Self(Server::start("mail", move |folder, port| {
            let mut command = Command::new(&python);
            command.arg(scripts().join("mail.py")).arg(folder).arg(port.to_string()).args(&further);
            command
        }))
    }

    /// What it was given, in that order, as JSON: `from`, `to`, `tls`, and the `mail` itself.
    pub fn mails(&self) -> Vec<String> {
        let folder = std::fs::read_dir(self.folder().join("mails")).expect("the folder of mails");
        let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).expect("readable")).collect()
    }
}

impl Deref for Mail {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl DerefMut for Mail {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.0
    }
}

/// A server that takes every POST over TLS, with this certificate and its key.
pub fn https(certificate: &str, key: &str) -> Server {
    let (python, certificate, key) = (prepared(), certificate.to_owned(), key.to_owned());
    Server::start("https", move |_, port| {
        let mut command = Command::new(&python);
        command.arg(scripts().join("https.py")).arg(port.to_string()).args([&certificate, &key]);
        command
    })
}

/// What the published library of Standard Webhooks says of each webhook, given as JSON on one line: `secret`, `headers`,
/// `body`. `ok`, or what it found wrong.
pub fn verify_webhooks(webhooks: &[String]) -> Vec<String> {
    let mut command = Command::new(prepared());
    command.arg(scripts().join("verify.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("python runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    let lines = webhooks.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads all");
    assert!(output.status.success(), "it cannot verify");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers/python")
}

/// The interpreter, fetched with its libraries where they are not there yet.
fn prepared() -> String {
    let output = Command::new(scripts().join("prepare.sh")).output().expect("bash and python3 are installed");
    assert!(output.status.success(), "python cannot be prepared: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
