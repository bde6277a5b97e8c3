//! The service on a socket in the file system, as a program that starts it for itself has it.

use super::binary::{BINARY, json_of, run};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A folder that is its owner's alone, and where a socket may be in it.
fn folder() -> io::Result<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700))?;
    let path = folder.path().join("socket");
    Ok((folder, path))
}

fn listen(path: &std::path::Path) -> String {
    format!("unix:{}", path.display())
}

#[test]
fn it_serves_its_owner_until_its_input_ends_and_takes_the_socket_along() {
    let (_folder, path) = folder().unwrap();
    // Left over by a program that was killed.
    drop(UnixListener::bind(&path).unwrap());
    let mut command = Command::new(BINARY);
    command.env_clear().args(["serve", "--stop-with-input", "--listen", &listen(&path)]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["message"], &line["address"]), (&"serving".into(), &listen(&path).into()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let body = r#"{"type":"std:spec:read"}"#;
    write!(stream, "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n{body}", json_of(body)).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(r#"{"type":"output""#), "{answer}");

    drop(child.stdin.take());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(rest.contains("standard input has ended") && rest.contains("stopped"), "{rest}");
    assert!(!path.exists());
}

#[test]
fn a_folder_that_others_reach_is_refused() {
    let (folder, path) = folder().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let ran = run(&["serve", "--listen", &listen(&path)], "");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the socket's folder must be its owner's alone; use chmod 700 "), "{}", ran.err);
}

#[test]
fn a_socket_in_use_and_what_is_no_socket_are_left_alone() {
    let (folder, path) = folder().unwrap();
    let _listener = UnixListener::bind(&path).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    for path in [&path, &file] {
        let ran = run(&["serve", "--listen", &listen(path)], "");
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains("cannot be listened on: Address already in use"), "{}", ran.err);
    }
    assert!(UnixStream::connect(&path).is_ok());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
