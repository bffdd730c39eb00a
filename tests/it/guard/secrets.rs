//! Keys and tokens that stand in a file by their digests.

use std::io::Write;
use std::process::Stdio;

use crate::support::process::ringmaster;
use crate::support::server::TestServer;

/// What `ringmaster hash` prints, and how it ends.
fn hashed(input: &str) -> (String, String, Option<i32>) {
    let mut child = ringmaster(&["hash"]).stdin(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

#[tokio::test]
async fn what_the_command_prints_stands_for_the_secret() {
    let (key, complaint, code) = hashed("a-long-random-key\n");
    assert_eq!((complaint.as_str(), code), ("", Some(0)));
    let token = hashed("a-long-random-token").0;
    let third = format!("[accounts.third]\nkeys = ['{key}', 'plain']\ntokens = 'admin:{token}'");
    let server = TestServer::with_settings("", &third).await;
    let connect = async |key: &str| {
        let url = server.url(&format!("/exotel/third/connect?key={key}&CallSid=one"));
        server
            .client
            .get(url)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let statuses = (
        connect("a-long-random-key").await,
        connect("plain").await,
        connect(&key).await,
    );
    assert_eq!(statuses, (200, 200, 403), "the digest is no key");
    let queues = async |token: &str| {
        let request = server.client.get(server.url("/v1/accounts/third/queues"));
        request
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(
        (queues("a-long-random-token").await, queues(&token).await),
        (200, 401)
    );
}

#[test]
fn what_is_no_secret_is_said() {
    for input in ["", "\n", "two words\n", "sha256:abc"] {
        let (output, complaint, code) = hashed(input);
        assert_eq!((output.as_str(), code), ("", Some(2)), "{input:?}");
        assert!(
            complaint.starts_with("ringmaster: the secret on standard input"),
            "{complaint}"
        );
    }
}

#[test]
fn a_secret_that_is_no_good_is_warned_of() {
    for (input, warning) in [
        ("fifteen-letters", "fewer than 16 characters"),
        ("change-me", "known to everybody"),
        ("Change-Me-and-more-of-it", "known to everybody"),
    ] {
        let (output, complaint, code) = hashed(input);
        assert_eq!(code, Some(0), "{input}");
        assert!(output.starts_with("sha256:"), "{input}");
        assert!(complaint.contains(warning), "{input}: {complaint}");
    }
    assert_eq!(hashed("sixteen-letters-").1, "");
}
