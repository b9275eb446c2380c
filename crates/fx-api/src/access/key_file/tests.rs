use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::access::scope::Scope;

fn wish(name: &str) -> KeyWish {
    KeyWish { name: name.parse().expect("a name"), scope: Scope::Read, rate: None, burst: None }
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.toml");
    (folder, path)
}

#[test]
fn what_is_issued_is_read_and_what_is_revoked_is_gone() {
    let (folder, path) = folder();
    let (entry, key) = KeyFile::issue(&path, wish("desk"), now()).expect("made");
    KeyFile::issue(&path, wish("page"), now()).expect("made");
    let file = KeyFile::read(&path).expect("readable");
    assert_eq!(file.keys()[0], entry);
    assert_eq!((entry.rate.to_string().as_str(), entry.burst.get()), ("50/s", 500));
    let text = fs::read_to_string(&path).expect("readable");
    assert!(!text.contains(key.expose()), "the key itself is in the file");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(matches!(KeyFile::issue(&path, wish("desk"), now()), Err(KeyFileError::Taken(name)) if name == "desk"));
    assert_eq!(KeyFile::revoke(&path, "desk").expect("there").name, "desk");
    let unknown = KeyFile::revoke(&path, "desk").expect_err("gone").to_string();
    assert_eq!(unknown, "there is no key `desk`, there are: page");
    assert_eq!(KeyFile::read(&path).expect("readable").keys().len(), 1);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "something was left beside it");
}

#[test]
fn a_file_that_others_can_read_is_refused_with_what_to_type() {
    let (_folder, path) = folder();
    KeyFile::issue(&path, wish("desk"), now()).expect("made");
    for (mode, accepted) in [(0o640, true), (0o400, true), (0o644, false), (0o660, false), (0o602, false)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("set");
        let read = KeyFile::read(&path);
        assert_eq!(read.is_ok(), accepted, "{mode:o}");
        if let Err(error) = read {
            let told = format!("mode {mode:03o}, by which others can read or change it; type `chmod 600 ");
            assert!(error.to_string().contains(&told), "{error}");
        }
    }
    fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("set");
    KeyFile::issue(&path, wish("page"), now()).expect("made");
    let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o640, "whom it was for, it stays for");
}

#[test]
fn mistakes_are_said_with_their_line() {
    let whole = "[[key]]\nname = \"desk\"\nscope = \"read\"\nrate = \"5/s\"\nburst = 5\n\
                 created_at = \"2026-11-22T12:00:00Z\"\nsha256 = \"";
    let whole = format!("{whole}{}\"\n", "0".repeat(64));
    KeyFile::parse(&whole).expect("right");
    let two = whole.repeat(2);
    for (text, told) in [
        (
            whole.replace("\"read\"", "\"all\""),
            "line 3: unknown variant `all`, expected one of `read`, `write`, `admin`",
        ),
        (whole.replace("5/s", "5"), "line 4: `5` is no rate"),
        (whole.replace("burst = 5", "burst = 0"), "line 5: "),
        (whole.replace("00\"", "\""), "line 7: is no SHA-256"),
        (whole.replace("desk", "a b"), "line 2: `a b` is no name for a key"),
        (whole.replace("burst", "brust"), "unknown field `brust`"),
        (two, "the name desk stands twice"),
        ("[[key]".to_owned(), "line 1: "),
    ] {
        let problem = KeyFile::parse(&text).expect_err("wrong");
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn many_at_once_lose_nothing() {
    let (_folder, path) = folder();
    std::thread::scope(|scope| {
        for i in 0..8 {
            let path = &path;
            scope.spawn(move || KeyFile::issue(path, wish(&format!("key-{i}")), now()).expect("made"));
        }
    });
    assert_eq!(KeyFile::read(&path).expect("readable").keys().len(), 8);
}

#[test]
fn an_absent_file_is_said_to_be_made_by_which_command() {
    let (_folder, path) = folder();
    let told = KeyFile::read(&path).expect_err("absent").to_string();
    assert!(told.ends_with("--name NAME` makes it with its first key"), "{told}");
}
