//! One account: what is in force, what its file was when it was last looked at, and what follows from reading it again.

use std::sync::Arc;

use super::status::{AccountStatus, Counts, Standing};
use crate::clock::Timestamp;
use crate::rules::{Findings, RuleBook, RulesFile, RulesVersion};
use crate::telephony::AccountName;

/// What is known of an account.
#[derive(Debug, Default)]
pub(super) struct AccountRules {
    in_force: Option<InForce>,
    /// The file as it was last judged. `None` for rules that are built in.
    pub(super) file: Option<Arc<RulesFile>>,
    counts: Counts,
}

#[derive(Debug)]
struct InForce {
    book: Arc<RuleBook>,
    since: Timestamp,
}

/// What reading an account's file again comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The file is what it was when it was last judged.
    Unchanged,
    /// Other rules come into force.
    Loaded,
    /// The file was bad or gone, and is again what is in force.
    Restored,
    /// The file can't be used. The rules in force stay.
    Refused,
    /// The file is gone. The rules in force stay.
    Missing,
}

/// What came of reading an account's file again.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// In one word.
    pub verdict: Verdict,
    /// How the file stands to what is in force now.
    pub standing: Standing,
    /// What is in force now.
    pub version: Option<RulesVersion>,
    /// What was in force before.
    pub previous: Option<RulesVersion>,
    /// What was found in the file.
    pub findings: Findings,
}

impl AccountRules {
    /// Rules that are no file's.
    pub(super) fn built_in(book: Arc<RuleBook>, since: Timestamp) -> Self {
        Self {
            in_force: Some(InForce { book, since }),
            ..Self::default()
        }
    }

    /// What is in force.
    pub(super) fn book(&self) -> Option<&Arc<RuleBook>> {
        self.in_force.as_ref().map(|in_force| &in_force.book)
    }

    /// The version of what is in force.
    pub(super) fn version(&self) -> Option<RulesVersion> {
        self.book().map(|book| book.version())
    }

    /// What this file, read again, comes to.
    pub(super) fn verdict(&self, file: &RulesFile) -> Verdict {
        let judged = self.file.as_ref().map(|judged| judged.content);
        match &file.outcome {
            _ if judged == Some(file.content) => Verdict::Unchanged,
            Ok(book) if self.version() == Some(book.version()) => Verdict::Restored,
            Ok(_) => Verdict::Loaded,
            Err(_) if file.is_missing => Verdict::Missing,
            Err(_) => Verdict::Refused,
        }
    }

    /// Takes the file for judged, and its rules, if they can be used and are others, into force.
    pub(super) fn take(&mut self, file: RulesFile, now: Timestamp) -> Reloaded {
        let verdict = self.verdict(&file);
        let previous = self.version();
        if let (Verdict::Loaded, Ok(book)) = (verdict, &file.outcome) {
            let book = Arc::clone(book);
            self.in_force = Some(InForce { book, since: now });
        }
        self.counts.count(verdict);
        let reloaded = Reloaded {
            verdict,
            standing: standing(&file),
            version: self.version(),
            previous,
            findings: findings(&file).clone(),
        };
        self.file = Some(Arc::new(file));
        reloaded
    }

    /// What is read at the start is no reload.
    pub(super) fn at_start(file: RulesFile, now: Timestamp) -> (Self, Reloaded) {
        let mut account = Self::default();
        let reloaded = account.take(file, now);
        account.counts = Counts::default();
        (account, reloaded)
    }

    /// Is there nothing to be kept? A file that never was any good and is gone leaves no account.
    pub(super) fn is_nothing(&self) -> bool {
        self.in_force.is_none() && self.file.as_ref().is_none_or(|file| file.is_missing)
    }

    pub(super) fn status(&self) -> AccountStatus {
        AccountStatus {
            in_force: self
                .in_force
                .as_ref()
                .map(|in_force| (in_force.book.version(), in_force.since)),
            standing: self
                .file
                .as_ref()
                .map_or(Standing::Current, |file| standing(file)),
            findings: Arc::new(self.findings()),
            reloads: self.counts,
        }
    }
}

impl AccountRules {
    /// What was found when the rules were last read, from a file or not.
    fn findings(&self) -> Findings {
        let of_file = self.file.as_ref().map(|file| findings(file));
        let of_book = self.book().map(|book| book.warnings());
        of_file.or(of_book).cloned().unwrap_or_default()
    }
}

fn standing(file: &RulesFile) -> Standing {
    match &file.outcome {
        Ok(_) => Standing::Current,
        Err(_) if file.is_missing => Standing::Missing,
        Err(_) => Standing::Refused,
    }
}

fn findings(file: &RulesFile) -> &Findings {
    match &file.outcome {
        Ok(book) => book.warnings(),
        Err(findings) => findings,
    }
}

impl Reloaded {
    /// Writes what there is to know. What has been said is not said again.
    pub(super) fn log(&self, account: &AccountName) {
        let version = self.version.map(tracing::field::display);
        let previous = self.previous.map(tracing::field::display);
        let findings = self.findings.masked();
        match self.verdict {
            Verdict::Unchanged => {}
            Verdict::Loaded => tracing::info!(%account, version, previous, "rules loaded"),
            Verdict::Restored => {
                tracing::info!(%account, version, "the rules file is again what is in force");
            }
            Verdict::Refused if self.version.is_none() => tracing::error!(
                %account,
                "this rules file can't be used, and its account has no other rules:\n{findings}"
            ),
            Verdict::Refused => tracing::error!(
                %account,
                in_force = version,
                "this rules file can't be used; the rules in force stay:\n{findings}"
            ),
            // It never was any good, or never was there.
            Verdict::Missing if self.version.is_none() => {}
            Verdict::Missing => tracing::error!(
                %account,
                in_force = version,
                "the rules file is gone; its rules stay in force until the next start:\n{findings}"
            ),
        }
        let is_used = matches!(self.verdict, Verdict::Loaded | Verdict::Restored);
        if is_used && !findings.is_empty() {
            tracing::warn!(%account, version, "these rules work, but hardly as they were meant:\n{findings}");
        }
    }
}

#[cfg(test)]
mod tests;
