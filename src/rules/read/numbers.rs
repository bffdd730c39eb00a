//! Telephone numbers as people write them, by the file's country.

use super::value::{Field, Text, shortened};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::telephony::{ContactUri, Country, NumberPattern, PhoneNumber};

/// How the numbers of a file are read. Without a country none of them can be: that one finding is enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    country: Option<Country>,
}

impl Numbers {
    pub(super) fn of(country: Option<Country>) -> Self {
        Self { country }
    }

    pub(super) fn number(self, text: Text<'_>, report: &mut Report<'_>) -> Option<PhoneNumber> {
        let parsed = PhoneNumber::parse(text.text, self.country?);
        or_report(parsed, text, "a phone number", report)
    }

    pub(super) fn pattern(self, text: Text<'_>, report: &mut Report<'_>) -> Option<NumberPattern> {
        let parsed = NumberPattern::parse(text.text, self.country?);
        or_report(
            parsed,
            text,
            "a phone number or a prefix such as 98123*",
            report,
        )
    }

    /// A list of numbers and `sip:` ids.
    pub(super) fn contacts(self, field: &Field<'_>, report: &mut Report<'_>) -> Vec<ContactUri> {
        let items = field.list(report).unwrap_or_default();
        let texts = field.texts(items, report);
        texts
            .into_iter()
            .filter_map(|text| self.contact(text, report))
            .collect()
    }

    /// One number or `sip:` id.
    pub(super) fn contact(self, text: Text<'_>, report: &mut Report<'_>) -> Option<ContactUri> {
        let parsed = ContactUri::parse(text.text, self.country?);
        or_report(parsed, text, "a phone number or a sip: id", report)
    }
}

fn or_report<T, E: std::fmt::Display>(
    parsed: Result<T, E>,
    text: Text<'_>,
    what: &str,
    report: &mut Report<'_>,
) -> Option<T> {
    let report_it = |why: E| {
        let message = format!("\"{}\" is not {what}", shortened(text.text));
        report.add_with_help(text.span, Code::WrongValue, message, why.to_string());
    };
    parsed.map_err(report_it).ok()
}
