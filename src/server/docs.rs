//! `GET /docs`: the document of the API for people, drawn by Swagger UI.
//!
//! Swagger UI comes as a whole in the archive of its release, inside this program: nothing is asked of another host. The two
//! files that are needed of it are handed on as they lie in the archive, compressed, so nothing is unpacked; every
//! browser takes gzip. All links are relative, so that the page can be served below a path by a proxy.

use std::io::{Cursor, Read};

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentType,
};
use actix_web::web::{Bytes, Path};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;
use zip::result::ZipError;

use super::problem::ApiError;

const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");

/// Only what this service serves itself. Swagger UI has pictures in its style sheet, as `data:`; it writes no style into the
/// page's text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Files that change with the version of this program only, and hold nothing of anybody.
const KEPT: &str = "max-age=3600";

/// The first bytes of what `gzip` writes: the way of compression, and nothing said of the file.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The page.
pub(super) async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(PAGE)
}

/// What the page is made of.
pub(super) async fn part(name: Path<String>) -> Result<HttpResponse, ApiError> {
    let (content_type, is_ours) = match name.as_str() {
        "swagger-ui.css" => ("text/css; charset=utf-8", false),
        "swagger-ui-bundle.js" => ("text/javascript; charset=utf-8", false),
        "start.js" => ("text/javascript; charset=utf-8", true),
        _ => return Err(ApiError::NoSuchPath),
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, KEPT));
    if is_ours {
        return Ok(response.body(START));
    }
    let packed = packed(&name).map_err(|error| {
        tracing::error!(%error, %name, "a part of the API's page cannot be read from the program");
        ApiError::NoSuchPath
    })?;
    Ok(response
        .insert_header((CONTENT_ENCODING, "gzip"))
        .body(packed))
}

/// A file of Swagger UI as gzip. In the archive it is compressed in the same way, between a head and a foot of another kind.
fn packed(name: &str) -> Result<Bytes, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let end = format!("/dist/{name}");
    let index = (0..archive.len()).find(|index| {
        let found = archive.name_for_index(*index);
        found.is_some_and(|found| {
            let found = found.unwrap_or_default();
            found.ends_with(&end) && !found.contains("/flavors/")
        })
    });
    let mut file = archive.by_index_raw(index.ok_or(ZipError::FileNotFound)?)?;
    let mut gzip = GZIP.to_vec();
    file.read_to_end(&mut gzip)?;
    gzip.extend(file.crc32().to_le_bytes());
    // Of its length gzip has the last four bytes.
    let length = file.size().to_le_bytes();
    gzip.extend(length.into_iter().take(4));
    Ok(gzip.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_no_other_host_and_has_nothing_inside_itself_that_runs() {
        for text in [PAGE, START] {
            assert!(!text.contains("//"), "{text}");
        }
        for (position, _) in PAGE.match_indices("<script") {
            assert!(PAGE[position..].starts_with("<script src=\"docs/"));
        }
        assert!(!PAGE.contains("style=") && !PAGE.contains("<style"));
    }

    #[test]
    fn what_the_page_needs_is_in_the_program() {
        for name in ["swagger-ui.css", "swagger-ui-bundle.js"] {
            assert!(PAGE.contains(&format!("\"docs/{name}\"")));
            let packed = packed(name).unwrap();
            assert!(packed.len() > 10_000, "{name}");
        }
        assert!(packed("nothing.js").is_err());
    }
}
