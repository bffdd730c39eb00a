//! Hears from the operating system that something happens in a folder.
//!
//! Folders are watched, not files: an editor writes a new file and renames it over the old one, and Kubernetes swaps the
//! link `..data` beside it. What happened is not asked here; whoever is told looks for himself. Some file systems tell
//! nothing, such as those of other machines, so this may not be the only way to hear of a change.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// A watch over folders. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    /// Those that could not be watched, which has been said.
    unwatched: BTreeSet<PathBuf>,
    noticed: Arc<Notify>,
}

impl Watch {
    /// A watch over nothing yet. Where there can be none, that is said, and nothing is ever noticed.
    pub(super) fn new() -> Self {
        let noticed = Arc::new(Notify::new());
        let notice = Arc::clone(&noticed);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| !event.kind.is_access() || is_written(event.kind)) {
                notice.notify_one();
            }
        });
        Self {
            watcher: watcher.inspect_err(log_unwatched).ok(),
            watched: BTreeSet::new(),
            unwatched: BTreeSet::new(),
            noticed,
        }
    }

    /// Watches these folders from now on, and no others. A folder may have been exchanged for another of the same name, so
    /// each is watched anew; look at it afterwards.
    pub(super) fn over(&mut self, folders: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for folder in std::mem::take(&mut self.watched) {
            // It may be gone, and the watch with it.
            let _ended: notify::Result<()> = watcher.unwatch(&folder);
        }
        // One folder has one name here, or ending one watch would end the other.
        let real = folders
            .iter()
            .filter_map(|folder| folder.canonicalize().ok());
        for folder in real.collect::<BTreeSet<_>>() {
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(folder)),
                Err(error) if self.unwatched.insert(folder) => log_unwatched(&error),
                Err(_said_already) => {}
            }
        }
    }

    /// Returns when something has happened since the last time.
    pub(super) async fn noticed(&self) {
        self.noticed.notified().await;
    }
}

/// Reading is no change, and we read ourselves.
fn is_written(kind: EventKind) -> bool {
    kind == EventKind::Access(AccessKind::Close(AccessMode::Write))
}

fn log_unwatched(error: &notify::Error) {
    tracing::warn!(%error, "changes of the rules are only noticed by comparing them now and then");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// A limit that only a broken watch reaches.
    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_folder_that_was_exchanged_is_watched_again_and_reading_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let (old, rules) = (folder.path().join("old"), folder.path().join("rules"));
        fs::create_dir(&rules).unwrap();
        fs::write(rules.join("default.yaml"), "1").unwrap();
        let mut watch = Watch::new();
        let folders = BTreeSet::from([rules.clone()]);
        watch.over(&folders);
        fs::read(rules.join("default.yaml")).unwrap();
        let quiet = timeout(Duration::from_millis(100), watch.noticed()).await;
        assert!(quiet.is_err(), "somebody only read");

        fs::rename(&rules, &old).unwrap();
        timeout(LIMIT, watch.noticed()).await.unwrap();
        fs::create_dir(&rules).unwrap();
        watch.over(&folders);
        fs::write(rules.join("default.yaml"), "2").unwrap();
        timeout(LIMIT, watch.noticed()).await.unwrap();
    }
}
