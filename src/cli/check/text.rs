//! Findings for people: the place in the file, what was expected, and a count at the end.

use std::fmt;

use crate::cli::drawing::{Drawing, Pen, counted};
use crate::rules::{Checked, CheckedFile, Finding, Severity};

/// What was found, ready to be shown.
pub(super) struct Text<'a> {
    checked: &'a Checked,
    pen: Pen,
}

impl<'a> Text<'a> {
    pub(super) fn of(checked: &'a Checked, colour: bool) -> Self {
        let pen = Pen::new(colour);
        Self { checked, pen }
    }
}

/// The findings of one file, each followed by an empty line.
pub(in crate::cli) struct FindingsOf<'a>(
    pub(in crate::cli) &'a Pen,
    pub(in crate::cli) &'a CheckedFile,
);

impl FindingsOf<'_> {
    fn drawn(&self, finding: &Finding) -> String {
        let Self(pen, file) = self;
        pen.draw(Drawing {
            severity: finding.code.severity(),
            code: Some(finding.code.as_str()),
            title: &finding.message,
            file: &finding.file,
            text: file.text_of(finding),
            place: finding.place,
            help: finding.help.as_deref(),
        })
    }
}

impl fmt::Display for FindingsOf<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = &self.1.findings;
        for finding in findings {
            writeln!(formatter, "{}\n", self.drawn(finding))?;
        }
        if findings.left_out() > 0 {
            let more = findings.left_out();
            writeln!(formatter, "… and {more} more in {}\n", self.1.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.checked.files {
            write!(formatter, "{}", FindingsOf(&self.pen, file))?;
        }
        write!(formatter, "{}", Summary(self.checked))
    }
}

/// The last lines: how much there was of what, and where to read on.
struct Summary<'a>(&'a Checked);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = counted(self.0.files.len(), "file");
        let severities = [Severity::Error, Severity::Warning, Severity::Note];
        let counts: Vec<_> = severities
            .map(|severity| (self.0.count(severity), severity.as_str()))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| counted(count, word))
            .collect();
        if counts.is_empty() {
            return write!(formatter, "nothing to find fault with in {files}");
        }
        write!(formatter, "{} in {files}", counts.join(", "))?;
        let findings = self.0.files.iter().flat_map(|file| &file.findings);
        match findings
            .map(|finding| finding.code)
            .min_by_key(|code| code.severity())
        {
            Some(code) => write!(
                formatter,
                "; why it matters: ringmaster check --explain {}",
                code.as_str()
            ),
            None => Ok(()),
        }
    }
}
