//! HTTPS without a proxy.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client};

use crate::support::desk::rules;
use crate::support::process::{ServerProcess, ringmaster};

const SETTINGS: &str = "\
    tls = { certificate = 'certificate.pem', key = 'key.pem' }\n\
    workers = 1\n\
    [accounts.default]\n\
    keys = ['key']\n";

/// Writes a new certificate and its key, and gives the certificate back.
fn issue(folder: &Path) -> String {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let issued = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(folder.join("key.pem"), issued.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), issued.cert.pem()).unwrap();
    issued.cert.pem()
}

/// Somebody who trusts this certificate and no other, and has never been here: nobody's session goes on.
fn trusting(certificate: &str) -> Client {
    let trusted = Certificate::from_pem(certificate.as_bytes()).unwrap();
    let client = Client::builder()
        .tls_built_in_root_certs(false)
        .add_root_certificate(trusted);
    client.build().unwrap()
}

fn fill(folder: &Path) -> String {
    std::fs::create_dir(folder.join("rules")).unwrap();
    std::fs::write(folder.join("rules/default.yaml"), rules(1)).unwrap();
    issue(folder)
}

#[tokio::test]
async fn https_is_spoken_and_a_renewed_certificate_is_shown_after_a_hang_up() {
    let mut first = String::new();
    let server = ServerProcess::serve_folder(SETTINGS, |folder| first = fill(folder));
    let path = "/ccm-programmable-connect?key=key&CallSid=one";
    let url = format!("https://{}{path}", server.address());
    let response = trusting(&first).get(&url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.version(), reqwest::Version::HTTP_11);
    for path in ["/livez", "/v1/accounts/default/queues"] {
        let url = format!("https://{}{path}", server.address());
        let response = trusting(&first).get(&url).send().await.unwrap();
        let stays = &response.headers()["strict-transport-security"];
        assert_eq!(stays, "max-age=31536000", "{path}");
    }
    assert!(
        reqwest::get(server.url(path)).await.is_err(),
        "plain HTTP is not spoken"
    );

    let listen = format!("listen = '{}'\n{SETTINGS}", server.address());
    std::fs::write(server.folder().join("own.toml"), listen).unwrap();
    let health = ringmaster(&["health", "--config", "own.toml"])
        .current_dir(server.folder())
        .output()
        .unwrap();
    assert_eq!(health.status.code(), Some(0), "{health:?}");

    let renewed = issue(server.folder());
    assert!(
        trusting(&renewed).get(&url).send().await.is_err(),
        "not read yet"
    );
    server.program.signal("HUP");
    let mut tries = 0;
    while trusting(&renewed).get(&url).send().await.is_err() {
        tries += 1;
        assert!(tries < 400, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(
        trusting(&first).get(&url).send().await.is_err(),
        "the old one is shown no more"
    );

    std::fs::write(server.folder().join("key.pem"), "nonsense").unwrap();
    server.program.signal("HUP");
    let complains = || server.log().contains("cannot be read again");
    for _ in 0..400 {
        if complains() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(complains(), "{}", server.log());
    assert_eq!(
        trusting(&renewed).get(&url).send().await.unwrap().status(),
        200
    );
}

#[test]
fn without_a_certificate_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let _certificate = fill(folder.path());
    std::fs::write(folder.path().join("ringmaster.toml"), SETTINGS).unwrap();
    std::fs::write(folder.path().join("key.pem"), "nonsense").unwrap();
    let output = ringmaster(&["serve"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    let complaint = said
        .lines()
        .find(|line| line.starts_with("ringmaster:"))
        .unwrap();
    insta::assert_snapshot!(complaint, @"ringmaster: HTTPS cannot be spoken: tls.key names key.pem, which cannot be read as PEM: no items found");
}
