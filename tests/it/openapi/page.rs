//! The page that shows the document.

use reqwest::header::HeaderMap;

use super::*;

async fn asked(server: &TestServer, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = server.client.get(server.url(path)).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn the_page_may_load_nothing_but_what_this_service_serves() {
    let server = TestServer::start().await;
    let (status, headers, page) = asked(&server, "/docs").await;
    assert_eq!(status, 200);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let page = String::from_utf8(page).unwrap();
    let mut parts = 0;
    for link in ["src=\"", "href=\""] {
        for named in page.split(link).skip(1) {
            let named = named.split('"').next().unwrap();
            if named.starts_with("docs/") {
                let (status, headers, part) = asked(&server, &format!("/{named}")).await;
                assert_eq!(status, 200, "{named}");
                assert!(!part.is_empty() && headers["cache-control"] == "max-age=3600");
                parts += 1;
            }
        }
    }
    assert_eq!(parts, 3);
    assert_eq!(asked(&server, "/docs/swagger-ui.js").await.0, 404);
}

#[tokio::test]
async fn what_is_packed_unpacks_to_swagger_ui() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, begins) in [
        ("swagger-ui.css", ".swagger-ui{"),
        ("swagger-ui-bundle.js", "/*!"),
    ] {
        let (_, headers, packed) = asked(&server, &format!("/docs/{name}")).await;
        assert_eq!(headers["content-encoding"], "gzip");
        let file = folder.path().join("packed.gz");
        std::fs::write(&file, packed).unwrap();
        // It checks the length and the digest at the end as well.
        let unpacked = std::process::Command::new("gzip")
            .arg("-dc")
            .arg(&file)
            .output();
        let unpacked = unpacked.unwrap();
        assert!(unpacked.status.success(), "{unpacked:?}");
        assert!(
            String::from_utf8_lossy(&unpacked.stdout).starts_with(begins),
            "{name}"
        );
    }
}

#[tokio::test]
async fn document_and_page_can_be_left_out() {
    let server = TestServer::with_settings("docs = false", "").await;
    for path in ["/openapi.json", "/docs", "/docs/start.js"] {
        assert_eq!(asked(&server, path).await.0, 404, "{path}");
    }
}
