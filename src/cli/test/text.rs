//! Outcomes for people: every test in a line, then each failure with its place in the file, and a count at the end.

use std::fmt;

use super::{FileResult, FileRun, TestOutcome, TestRun};
use crate::cli::check::text::FindingsOf;
use crate::cli::drawing::{Drawing, Pen, counted};
use crate::routing::trial::{FailedStep, Miss};
use crate::rules::Severity;

/// What came of a run, ready to be shown.
pub(super) struct Text<'a> {
    run: &'a TestRun,
    pen: Pen,
    colour: bool,
}

impl<'a> Text<'a> {
    pub(super) fn of(run: &'a TestRun, colour: bool) -> Self {
        let pen = Pen::new(colour);
        Self { run, pen, colour }
    }

    /// The tests of a file, a line each.
    fn list(&self, file: &FileRun, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &file.result {
            FileResult::Untested => writeln!(formatter, "{}: no tests\n", file.rules),
            FileResult::Unusable(faulty) => {
                writeln!(
                    formatter,
                    "{}: not carried out, because {} has faults\n",
                    file.tests, faulty.name
                )?;
                write!(formatter, "{}", FindingsOf(&self.pen, faulty))
            }
            FileResult::Tested { outcomes, .. } => {
                writeln!(formatter, "{}", file.tests)?;
                for outcome in outcomes {
                    let verdict = self.verdict(outcome);
                    writeln!(formatter, "  {verdict}  {}", outcome.name.value)?;
                }
                writeln!(formatter)
            }
        }
    }

    fn verdict(&self, outcome: &TestOutcome) -> String {
        let (word, code) = match outcome.failure {
            None => ("ok    ", "32"),
            Some(_) => ("FAILED", "1;31"),
        };
        if self.colour {
            format!("\u{1b}[{code}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }

    fn failure(&self, file: &FileRun, outcome: &TestOutcome, failed: &FailedStep) -> String {
        let FileResult::Tested { text, .. } = &file.result else {
            return String::new();
        };
        let step = match failed.step {
            0 => String::new(),
            number => format!(", at step {number} of its \"then\""),
        };
        let mut shown = format!("---- {}{step}\n\n", outcome.name.value);
        for miss in &failed.misses {
            let Miss {
                key, expected, got, ..
            } = miss;
            shown.push_str(&self.pen.draw(Drawing {
                severity: Severity::Error,
                code: None,
                title: &format!("{key}: expected {expected}, got {got}"),
                file: &file.tests,
                text: Some(text),
                place: Some(miss.place),
                help: None,
            }));
            shown.push_str("\n\n");
        }
        if let Some(explanation) = &failed.explanation {
            shown.push_str("What happened instead: ");
            shown.push_str(&indented(&explanation.to_string()));
            shown.push('\n');
        }
        shown
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.run.files {
            self.list(file, formatter)?;
        }
        for file in &self.run.files {
            for outcome in file.outcomes() {
                if let Some(failed) = &outcome.failure {
                    formatter.write_str(&self.failure(file, outcome, failed))?;
                }
            }
        }
        write!(formatter, "{}", Summary(self.run))
    }
}

/// The text with every line but the first moved in, blank ones left blank.
fn indented(text: &str) -> String {
    let mut moved = String::new();
    for (number, line) in text.lines().enumerate() {
        if number > 0 && !line.is_empty() {
            moved.push_str("    ");
        }
        moved.push_str(line);
        moved.push('\n');
    }
    moved
}

/// The last line.
struct Summary<'a>(&'a TestRun);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed) = (self.0.passed(), self.0.failed());
        let mut parts = Vec::new();
        if passed > 0 || (failed == 0 && self.0.unusable() == 0) {
            parts.push(format!("{} passed", counted(passed, "test")));
        }
        if failed > 0 {
            parts.push(format!("{} failed", counted(failed, "test")));
        }
        if self.0.unusable() > 0 {
            let files = counted(self.0.unusable(), "file");
            parts.push(format!("{files} not carried out"));
        }
        formatter.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rules::{Place, Span, Written};

    #[test]
    fn colour_is_for_those_who_want_it_and_changes_no_word() {
        let place = Place {
            span: Span::default(),
            line: 1,
            column: 1,
        };
        let outcome = |failure| TestOutcome {
            name: Written {
                value: Arc::from("one"),
                place,
            },
            failure,
        };
        let miss = Miss {
            key: "rings".to_owned(),
            place,
            expected: "asha".to_owned(),
            got: "nobody".to_owned(),
        };
        let failed = FailedStep {
            step: 0,
            misses: vec![miss],
            explanation: None,
        };
        let file = FileRun {
            rules: "rules/default.yaml".to_owned(),
            tests: "rules/default.test.yaml".to_owned(),
            result: FileResult::Tested {
                text: "tests: []".to_owned(),
                outcomes: vec![outcome(None), outcome(Some(failed))],
            },
        };
        let run = TestRun { files: vec![file] };
        let plain = Text::of(&run, false).to_string();
        let coloured = Text::of(&run, true).to_string();
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[32mok    \u{1b}[0m  one"));
        assert!(coloured.contains("\u{1b}[1;31mFAILED\u{1b}[0m  one"));
        assert!(coloured.ends_with("1 test passed, 1 test failed"));
    }
}
