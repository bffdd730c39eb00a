//! The list of calls, page by page (version 1).

use std::num::NonZeroU8;
use std::time::Duration;

use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

use super::NumberText;
use super::fields::{Fields, OtherFields};
use crate::clock::Timestamp;
use crate::exotel::answer::WebUrl;
use crate::exotel::request::INDIA_STANDARD_TIME_SECONDS;
use crate::telephony::{CallSid, PhoneNumber};

/// Which calls. All that is set must hold; nothing set means all calls that Exotel still lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// These calls; Exotel takes at most [`Self::MAX_CALLS`], what is more is left out.
    pub calls: Vec<CallSid>,
    /// Created then or later.
    pub created_from: Option<Timestamp>,
    /// Created then or earlier.
    pub created_until: Option<Timestamp>,
    /// From this number.
    pub from: Option<PhoneNumber>,
    /// To this number.
    pub to: Option<PhoneNumber>,
    /// Over this `ExoPhone`.
    pub virtual_number: Option<PhoneNumber>,
    /// `completed`, `failed`, `busy`, `no-answer`; an open set.
    pub status: Option<String>,
    /// `inbound`, `outbound-dial`, `outbound-api`; an open set.
    pub direction: Option<String>,
    /// How many to a page.
    pub page_size: PageSize,
}

/// How many calls stand on a page, within Exotel's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(NonZeroU8);

impl PageSize {
    /// The most that Exotel puts on a page (O).
    pub const MAX: u8 = 100;

    /// The nearest number within the limit.
    pub fn clamped(calls: NonZeroU8) -> Self {
        Self(NonZeroU8::new(Self::MAX).map_or(calls, |most| calls.min(most)))
    }
}

impl Default for PageSize {
    /// Full pages: each costs one of the account's requests.
    fn default() -> Self {
        Self::clamped(NonZeroU8::MAX)
    }
}

impl CallFilter {
    /// The most calls that can be asked for by name at once (O).
    pub const MAX_CALLS: usize = 100;

    /// The parameters of the first page's query.
    pub fn to_query(&self) -> Vec<(&'static str, String)> {
        let sids: Vec<_> = self
            .calls
            .iter()
            .take(Self::MAX_CALLS)
            .map(CallSid::as_str)
            .collect();
        let number = |number: Option<PhoneNumber>| number.map(|number| number.to_string());
        let parameters = [
            ("Sid", (!sids.is_empty()).then(|| sids.join(","))),
            ("DateCreated", self.created()),
            ("From", number(self.from)),
            ("To", number(self.to)),
            ("PhoneNumber", number(self.virtual_number)),
            ("Status", self.status.clone()),
            ("Direction", self.direction.clone()),
            ("PageSize", Some(self.page_size.0.to_string())),
        ];
        let set = parameters.into_iter();
        set.filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    fn created(&self) -> Option<String> {
        let from = self
            .created_from
            .and_then(in_india)
            .map(|time| format!("gte:{time}"));
        let until = self
            .created_until
            .and_then(in_india)
            .map(|time| format!("lte:{time}"));
        let bounds: Vec<_> = [from, until].into_iter().flatten().collect();
        (!bounds.is_empty()).then(|| bounds.join(";"))
    }
}

/// A naive time, as version 1 writes and reads them.
fn in_india(moment: Timestamp) -> Option<String> {
    let offset = Offset::from_seconds(INDIA_STANDARD_TIME_SECONDS).ok()?;
    let local = moment.to_jiff().to_zoned(TimeZone::fixed(offset));
    Some(local.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPage {
    /// The calls, in Exotel's order.
    pub calls: Vec<ListedCall>,
    /// How many there are on all pages.
    pub total: Option<u64>,
    /// How to ask for the next page; `None` on the last.
    pub next: Option<NextPage>,
    /// Every field that is none of these.
    pub other: OtherFields,
}

/// How to ask for the page after this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage(String);

impl NextPage {
    /// Of the address that Exotel gives only the query is kept: wherever it points, credentials go to our host alone.
    fn read(address: &str) -> Option<Self> {
        let (_, query) = address.split_once('?')?;
        let query = query.split('#').next().unwrap_or_default();
        (!query.is_empty()).then(|| Self(query.to_owned()))
    }

    /// The query string.
    pub fn query(&self) -> &str {
        &self.0
    }
}

/// A call of the list. Calls that go on are not in it (O).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedCall {
    /// The call.
    pub call: Option<CallSid>,
    /// Who was called first.
    pub from: Option<NumberText>,
    /// Who was called then.
    pub to: Option<NumberText>,
    /// The `ExoPhone`.
    pub virtual_number: Option<NumberText>,
    /// `completed`, `failed`, `busy`, `no-answer`; an open set.
    pub status: Option<String>,
    /// `inbound`, `outbound-dial`, `outbound-api`; an open set.
    pub direction: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When anything of it last changed.
    pub updated: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// What it cost, as Exotel writes it.
    pub price: Option<String>,
    /// Where the recording is.
    pub recording: Option<WebUrl>,
    /// What the application gave along.
    pub custom_field: Option<String>,
    /// Every field that is none of these.
    pub other: OtherFields,
}

impl CallPage {
    /// `None` when there is no list in it at all.
    pub(super) fn read(mut fields: Fields) -> Option<Self> {
        let calls = fields.list("Calls")?;
        let mut metadata = fields.object("Metadata");
        let mut metadata = |name: &str| metadata.as_mut()?.text(name);
        let call = |value: Value| {
            let mut call = Fields::of(value)?;
            Some(ListedCall::read(call.object("Call").unwrap_or(call)))
        };
        Some(Self {
            total: metadata("Total").and_then(|total| total.parse().ok()),
            next: metadata("NextPageUri").and_then(|address| NextPage::read(&address)),
            calls: calls.into_iter().filter_map(call).collect(),
            other: fields.rest(),
        })
    }
}

impl ListedCall {
    fn read(mut fields: Fields) -> Self {
        Self {
            call: fields.call_sid("Sid"),
            from: fields.number("From"),
            to: fields.number("To"),
            virtual_number: fields.number("PhoneNumberSid"),
            status: fields.text("Status"),
            direction: fields.text("Direction"),
            created: fields.time("DateCreated"),
            updated: fields.time("DateUpdated"),
            started: fields.time("StartTime"),
            ended: fields.time("EndTime"),
            duration: fields.seconds("Duration"),
            price: fields.text("Price"),
            recording: fields.url("RecordingUrl"),
            custom_field: fields.text("CustomField"),
            other: fields.rest(),
        }
    }
}
