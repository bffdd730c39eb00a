//! What is checked before the YAML library sees the text.

use crate::rules::finding::{Code, Span};
use crate::rules::report::Report;

/// How many bytes a rules file may have. Ten thousand rules take about two million.
pub(in crate::rules) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Checks what the YAML library would report badly or late: size, NUL bytes, tabs in the indentation.
pub(super) fn is_plain(report: &mut Report<'_>) -> bool {
    let text = report.text();
    if text.len() > MAX_BYTES {
        report.add(Span::default(), Code::TooLarge, too_large());
        return false;
    }
    if let Some(start) = text.find('\0') {
        let span = Span {
            start,
            end: start.saturating_add(1),
        };
        report.add(
            span,
            Code::NotText,
            "the file has a NUL byte here: it is not text",
        );
        return false;
    }
    has_no_tabs(report)
}

/// Every line is looked at, so that all tabs are found at once.
fn has_no_tabs(report: &mut Report<'_>) -> bool {
    let mut without_tabs = true;
    let mut start = 0_usize;
    for line in report.text().split_inclusive('\n') {
        let content = line.trim_start();
        let indentation = line.len().saturating_sub(content.len());
        let tab = line.get(..indentation).and_then(|blanks| blanks.find('\t'));
        if let Some(tab) = tab.filter(|_| !content.is_empty() && !content.starts_with('#')) {
            let at = start.saturating_add(tab);
            let span = Span {
                start: at,
                end: at.saturating_add(1),
            };
            report.add_with_help(
                span,
                Code::Tab,
                "a tab in the indentation",
                "indent with spaces".to_owned(),
            );
            without_tabs = false;
        }
        start = start.saturating_add(line.len());
    }
    without_tabs
}

/// Says that a file is larger than any rules file.
pub(in crate::rules) fn too_large() -> String {
    format!(
        "the file is larger than {} MiB: it can't be a rules file",
        MAX_BYTES / 1024 / 1024
    )
}
