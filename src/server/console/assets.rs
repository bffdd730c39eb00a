//! `GET /console/assets/{asset}`: style and script, which are a part of the program. Browsers keep them, and ask each time whether
//! they are still the same: after an upgrade nobody has half of the page of before.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header as _, IfNoneMatch};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::server::problem::ApiError;
use crate::settings::SecretDigest;

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: [Asset; 10] = [
    asset(
        "console.css",
        "text/css; charset=utf-8",
        include_str!("assets/console.css"),
    ),
    asset("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    asset("console.js", SCRIPT, include_str!("assets/console.js")),
    asset("live.js", SCRIPT, include_str!("assets/live.js")),
    asset("patch.js", SCRIPT, include_str!("assets/patch.js")),
    asset("clocks.js", SCRIPT, include_str!("assets/clocks.js")),
    asset("act.js", SCRIPT, include_str!("assets/act.js")),
    asset("story.js", SCRIPT, include_str!("assets/story.js")),
    asset("explain.js", SCRIPT, include_str!("assets/explain.js")),
    asset("api.js", SCRIPT, include_str!("assets/api.js")),
];

const fn asset(name: &'static str, kind: &'static str, text: &'static str) -> Asset {
    Asset { name, kind, text }
}

static TAGS: LazyLock<Vec<EntityTag>> = LazyLock::new(|| {
    let tag = |asset: &Asset| EntityTag::new_strong(SecretDigest::of(asset.text).fingerprint());
    ASSETS.iter().map(tag).collect()
});

/// One of them, or that it has not changed.
pub(super) async fn get(
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let mut assets = ASSETS.iter().zip(TAGS.iter());
    let found = assets.find(|(asset, _)| asset.name == *name);
    let (asset, tag) = found.ok_or(ApiError::NoSuchPath)?;
    let has_it = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|one| one.weak_eq(tag)),
        Err(_unreadable) => false,
    };
    let mut response = if has_it {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .content_type(asset.kind);
    Ok(if has_it {
        response.finish()
    } else {
        response.body(asset.text)
    })
}
