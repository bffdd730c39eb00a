//! Carries a difference out: one list, all or nothing, and each removal by itself.

use anyhow::anyhow;

use super::difference::{Difference, Removal};
use crate::cli::drawing::counted;
use crate::cli::remote::{Refusal, RemoteAccount, RemoteError};
use crate::cli::{Exit, Failure};
use crate::rules::{AgentsFile, CheckedFile, Code, ListedAgent};
use crate::server::problem::FieldError;

/// What became of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was none.
    NothingToDo,
    /// It was only to be shown.
    DryRun,
    /// Whoever was asked said no.
    Declined,
    /// The agents have changed on the server since it was shown.
    ChangedMeanwhile,
    /// All of it is done.
    Applied {
        /// How many agents were sent.
        stored: usize,
        /// How many went.
        removed: usize,
    },
    /// A part of it is done.
    Incomplete(String),
}

impl Outcome {
    /// The word for programs.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::NothingToDo => "nothing_to_do",
            Self::DryRun => "dry_run",
            Self::Declined => "declined",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::Applied { .. } => "applied",
            Self::Incomplete(_) => "incomplete",
        }
    }

    /// What went wrong, if something did.
    pub(super) fn why(&self) -> Option<&str> {
        match self {
            Self::Incomplete(why) => Some(why),
            Self::NothingToDo
            | Self::DryRun
            | Self::Declined
            | Self::ChangedMeanwhile
            | Self::Applied { .. } => None,
        }
    }

    /// Is the server as the file has it?
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::NothingToDo | Self::Applied { .. } => Exit::Fine,
            Self::DryRun | Self::Declined | Self::ChangedMeanwhile | Self::Incomplete(_) => {
                Exit::Findings
            }
        }
    }

    /// In a sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::NothingToDo => "Nothing to do.".to_owned(),
            Self::DryRun => "Nothing was changed: this was a dry run.".to_owned(),
            Self::Declined => "Nothing was changed.".to_owned(),
            Self::ChangedMeanwhile => "Nothing was changed: the agents are others than they were \
                when this was shown. Import again."
                .to_owned(),
            Self::Applied { stored, removed } => {
                format!(
                    "Done: {} stored, {removed} removed.",
                    counted(*stored, "agent")
                )
            }
            Self::Incomplete(why) => format!("Only a part was done: {why}"),
        }
    }
}

/// Why nothing was done.
#[derive(Debug)]
pub(super) enum NotApplied {
    /// The file has faults, perhaps only beside what is on the server.
    Faulty(Box<CheckedFile>),
    /// Something else.
    Failed(Failure),
}

impl From<Failure> for NotApplied {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What is done already.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    stored: usize,
    removed: usize,
}

/// Changes the server. Agents come before those who go, except where a destination has to be given up first. At most so many agents
/// are one list, of which all or none are stored.
pub(super) fn apply(
    difference: &Difference,
    file: &AgentsFile,
    remote: &RemoteAccount<'_>,
    at_once: usize,
) -> Result<Outcome, NotApplied> {
    let mut done = Done::default();
    match steps(difference, file, remote, at_once, &mut done) {
        Ok(()) => Ok(Outcome::Applied {
            stored: done.stored,
            removed: done.removed,
        }),
        Err(why) => done.stopped(why),
    }
}

fn steps(
    difference: &Difference,
    file: &AgentsFile,
    remote: &RemoteAccount<'_>,
    at_once: usize,
    done: &mut Done,
) -> Result<(), NotApplied> {
    let (first, last): (Vec<_>, Vec<_>) = difference
        .removed
        .iter()
        .partition(|removal| removal.is_first);
    remove(&first, &mut done.removed, remote)?;
    let agents: Vec<_> = difference.stored().collect();
    for part in agents.chunks(at_once.max(1)) {
        store(part, file, remote)?;
        done.stored = done.stored.saturating_add(part.len());
    }
    remove(&last, &mut done.removed, remote)?;
    Ok(())
}

impl Done {
    /// What it comes to when a step fails: an error, or, behind steps that are done, a part of the whole.
    fn stopped(self, why: NotApplied) -> Result<Outcome, NotApplied> {
        let Self { stored, removed } = self;
        if stored == 0 && removed == 0 {
            return Err(why);
        }
        let why = match why {
            NotApplied::Faulty(file) => file.findings.to_string(),
            NotApplied::Failed(failure) => format!("{:#}", failure.cause),
        };
        let stored = counted(stored, "agent");
        Ok(Outcome::Incomplete(format!(
            "{stored} stored, {removed} removed, then: {why}. Import again to do the rest."
        )))
    }
}

fn remove(
    removals: &[&Removal],
    removed: &mut usize,
    remote: &RemoteAccount<'_>,
) -> Result<(), Failure> {
    for Removal { agent, .. } in removals {
        match remote.ask("DELETE", &format!("/agents/{}", agent.id), "*/*", None) {
            Ok(_) => *removed = removed.saturating_add(1),
            // Somebody else was quicker.
            Err(RemoteError::Refused(Refusal { status: 404, .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn store(
    agents: &[&ListedAgent],
    file: &AgentsFile,
    remote: &RemoteAccount<'_>,
) -> Result<(), NotApplied> {
    let body = serde_json::to_string(agents).map_err(Failure::unusable)?;
    match remote.ask("PUT", "/agents", "application/json", Some(body)) {
        Ok(_) => Ok(()),
        Err(RemoteError::Refused(refusal)) => Err(refused(refusal, agents, file)),
        Err(RemoteError::Silent(cause)) => {
            let cause = cause.context(
                "it is not known whether the agents were stored; import again, and those that were are unchanged",
            );
            Err(NotApplied::Failed(Failure::unusable(cause)))
        }
    }
}

/// What the server says of the list, where the file says it.
fn refused(refusal: Refusal, agents: &[&ListedAgent], file: &AgentsFile) -> NotApplied {
    let fault = |FieldError { field, message }: &FieldError| {
        let (index, field) = field.strip_prefix('[')?.split_once(']')?;
        let agent = agents.get(index.parse::<usize>().ok()?)?;
        let mut entries = file.entries.iter();
        let entry = entries.find(|entry| entry.agent.id == agent.id)?;
        let field = field.trim_start_matches('.');
        let message = format!("the server refuses {field}: {message}");
        Some((entry.place_of(field), Code::WrongValue, message))
    };
    let faults: Option<Vec<_>> = refusal.errors.iter().map(fault).collect();
    match faults {
        Some(faults) if !faults.is_empty() => {
            NotApplied::Faulty(Box::new(file.with_faults(faults)))
        }
        _ => NotApplied::Failed(RemoteError::Refused(refusal).into()),
    }
}

/// More than a server takes as one list, which is all or nothing.
pub(super) fn not_too_many(difference: &Difference) -> Result<(), Failure> {
    let (count, most) = (difference.stored().count(), ListedAgent::MAX_AT_ONCE);
    if count <= most {
        return Ok(());
    }
    Err(Failure::unusable(anyhow!(
        "{count} agents are new or changed, and at most {most} are stored all or nothing: say --in-parts to store {most} at a time"
    )))
}
