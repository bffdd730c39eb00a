//! The header `Forwarded` of RFC 7239.
//!
//! Read strictly: a line that is not well formed says nothing at all. A stranger's part of it, in front, may open a quotation
//! that swallows what the proxy adds behind; such a line must not pass for one that says something else.

use std::net::IpAddr;

use super::node;

const BLANKS: [char; 2] = [' ', '\t'];

/// Whom each element of a line speaks for, in order; `None` inside for one that does not say an address. `None` for a
/// line that is not well formed.
pub(super) fn hops(line: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut hops = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (element, behind) = element(text)?;
        hops.extend(element);
        rest = behind;
    }
    Some(hops)
}

/// What one element says.
type Element = Option<Option<IpAddr>>;

/// The first element, nothing for an empty one, and what follows its comma.
fn element(text: &str) -> Option<(Element, Option<&str>)> {
    let (mut element, mut is_said, mut text) = (None, false, text);
    loop {
        text = text.trim_start_matches(BLANKS);
        if text.is_empty() {
            return Some((element, None));
        }
        if let Some(behind) = text.strip_prefix(',') {
            return Some((element, Some(behind)));
        }
        if let Some(behind) = text.strip_prefix(';') {
            text = behind;
            continue;
        }
        let (name, value, behind) = pair(text)?;
        element = element.or(Some(None));
        if name.eq_ignore_ascii_case("for") {
            // Said twice, it would be anybody's guess.
            if is_said {
                return None;
            }
            (is_said, element) = (true, Some(node(&value)));
        }
        text = behind;
    }
}

/// A name, its value, and what follows, which begins with a separator or is nothing.
fn pair(text: &str) -> Option<(&str, String, &str)> {
    let (name, behind) = text.split_once('=')?;
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_of_name) {
        return None;
    }
    let (value, behind) = if let Some(quoted) = behind.strip_prefix('"') {
        unquoted(quoted)?
    } else {
        let ends = |c: char| matches!(c, ',' | ';' | '"') || BLANKS.contains(&c);
        let (value, behind) = behind.split_at(behind.find(ends).unwrap_or(behind.len()));
        (value.to_owned(), behind)
    };
    let behind = behind.trim_start_matches(BLANKS);
    let is_parted = behind.is_empty() || behind.starts_with([',', ';']);
    is_parted.then_some((name, value, behind))
}

/// What stands before the closing quotation mark, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(position.saturating_add(1)..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}
