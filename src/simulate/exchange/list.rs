//! The list of calls of version 1, page by page (contract, section 6).

use serde::Serialize;

use super::body::{local, naive_time};
use super::book::{Entry, Over, VoiceOutcome};

/// The most on a page (O).
const MOST_ON_A_PAGE: usize = 100;
/// What is on a page where nobody says how many (G).
const USUAL_ON_A_PAGE: usize = 50;

/// A page.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    metadata: Metadata,
    calls: Vec<ListedCall>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    total: usize,
    page_size: usize,
    first_page_uri: String,
    next_page_uri: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedCall {
    sid: String,
    date_created: String,
    date_updated: String,
    account_sid: String,
    to: String,
    from: String,
    phone_number_sid: String,
    status: &'static str,
    start_time: String,
    end_time: String,
    duration: u64,
    direction: &'static str,
    custom_field: Option<String>,
}

/// What a page is asked for with. A parameter that is none of the contract's is passed over.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pairs: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn of(query: &str) -> Self {
        let pairs = serde_urlencoded::from_str(query).unwrap_or_default();
        Self { pairs }
    }

    fn value(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|(known, _)| known == name);
        pair.map(|(_, value)| value.as_str())
    }

    fn page_size(&self) -> usize {
        let size = self.value("PageSize").and_then(|size| size.parse().ok());
        size.unwrap_or(USUAL_ON_A_PAGE).clamp(1, MOST_ON_A_PAGE)
    }

    fn admits(&self, call: &ListedCall) -> bool {
        let is = |name: &str, value: &str| {
            let asked = self.value(name);
            asked.is_none_or(|asked| asked == value || local(asked) == value)
        };
        let sids = self.value("Sid");
        sids.is_none_or(|sids| sids.split(',').any(|sid| sid == call.sid))
            && is("From", &call.from)
            && is("To", &call.to)
            && is("PhoneNumber", &call.phone_number_sid)
            && is("Status", call.status)
            && is("Direction", call.direction)
            && self.admits_time(&call.date_created)
    }

    /// `gte:…;lte:…`, of times that compare as texts.
    fn admits_time(&self, created: &str) -> bool {
        let bounds = self.value("DateCreated").into_iter();
        let mut bounds = bounds.flat_map(|bounds| bounds.split(';'));
        bounds.all(|bound| match bound.split_once(':') {
            Some(("gte", from)) => created >= from,
            Some(("lte", until)) => created <= until,
            _ => true,
        })
    }
}

/// The page of these calls that is asked for.
pub(super) fn page<'a>(
    account: &str,
    calls: impl Iterator<Item = (&'a Entry, Over)>,
    asked: &Asked,
) -> Page {
    let listed = calls.map(|(entry, over)| ListedCall::of(entry, over));
    let all: Vec<_> = listed.filter(|call| asked.admits(call)).collect();
    let (total, size) = (all.len(), asked.page_size());
    let before = asked.value("After");
    let begin = before.and_then(|sid| all.iter().position(|call| call.sid == sid));
    let begin = begin.map_or(0, |place| place.saturating_add(1));
    let calls: Vec<_> = all.into_iter().skip(begin).take(size).collect();
    let is_last = begin.saturating_add(calls.len()) >= total;
    let next = calls.last().filter(|_| !is_last);
    Page {
        metadata: Metadata {
            total,
            page_size: size,
            first_page_uri: asked.address(account, None),
            next_page_uri: next.map(|last| asked.address(account, Some(&last.sid))),
        },
        calls,
    }
}

impl Asked {
    /// The address of the page behind this call: the same questions again.
    fn address(&self, account: &str, after: Option<&str>) -> String {
        let same = self.pairs.iter().filter(|(name, _)| name != "After");
        let pairs: Vec<(&str, &str)> = same
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(after.map(|sid| ("After", sid)))
            .collect();
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        format!("/v1/Accounts/{account}/Calls.json?{query}")
    }
}

impl ListedCall {
    fn of(entry: &Entry, over: Over) -> Self {
        let status = match over.outcome {
            VoiceOutcome::Completed => "completed",
            VoiceOutcome::AgentUnanswered | VoiceOutcome::CustomerUnanswered => "no-answer",
            VoiceOutcome::AgentCancelled => "busy",
            VoiceOutcome::AgentNotDialled | VoiceOutcome::CustomerNotDialled => "failed",
        };
        Self {
            sid: entry.sid.clone(),
            date_created: naive_time(entry.created),
            date_updated: naive_time(entry.updated),
            account_sid: entry.account.clone(),
            to: local(&entry.asked.to),
            from: local(&entry.asked.from),
            phone_number_sid: local(&entry.asked.virtual_number),
            status,
            start_time: naive_time(entry.created),
            end_time: naive_time(over.at),
            duration: over.at.since(entry.created).as_secs(),
            direction: "outbound-api",
            custom_field: entry.asked.custom_field.clone(),
        }
    }
}
