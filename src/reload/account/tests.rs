//! Files that come, change, break and go.

use std::fs;

use super::*;

const GOOD: &str = "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { numbers: [] }\n";

/// An account and its folder.
#[derive(Debug)]
struct Scene {
    folder: tempfile::TempDir,
    account: AccountRules,
    now: i64,
}

impl Scene {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            account: AccountRules::default(),
            now: 0,
        }
    }

    /// The file is this now; `None`: it is gone. What comes of reading it?
    fn reads(&mut self, text: Option<&str>) -> Verdict {
        let path = self.folder.path().join("default.yaml");
        match text {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        self.now = self.now.saturating_add(1);
        let now = Timestamp::from_millis(self.now);
        self.account.take(RulesFile::read(&path, now), now).verdict
    }

    fn in_force_since(&self) -> Option<i64> {
        let in_force = self.account.status().in_force;
        in_force.map(|(_, since)| since.as_millis())
    }
}

#[test]
fn a_bad_file_and_one_that_is_gone_leave_what_was_in_force() {
    let mut scene = Scene::new();
    assert_eq!(scene.reads(Some(GOOD)), Verdict::Loaded);
    assert_eq!(scene.reads(Some("country: IN")), Verdict::Refused);
    assert_eq!(scene.reads(Some("country: IN")), Verdict::Unchanged);
    assert_eq!(scene.account.status().standing, Standing::Refused);
    assert_eq!(scene.reads(Some("country: XX")), Verdict::Refused);
    assert_eq!(scene.reads(None), Verdict::Missing);
    assert_eq!(scene.account.status().standing, Standing::Missing);
    assert_eq!(scene.in_force_since(), Some(1));
    assert!(!scene.account.is_nothing());
    assert_eq!(scene.reads(Some(GOOD)), Verdict::Restored);
    assert_eq!(scene.account.status().standing, Standing::Current);
    assert_eq!(scene.in_force_since(), Some(1), "it was in force all along");
    assert_eq!(
        scene.reads(Some(&GOOD.replace("[]", "[ ]"))),
        Verdict::Loaded
    );
    assert_eq!(scene.in_force_since(), Some(7));
    let counts = scene
        .account
        .status()
        .reloads
        .by_result()
        .map(|(_, count)| count);
    assert_eq!(counts, [3, 1, 2, 1]);
}

#[test]
fn a_file_that_was_never_any_good_leaves_nothing_when_it_goes() {
    let mut scene = Scene::new();
    assert_eq!(scene.reads(Some("nonsense")), Verdict::Refused);
    assert!(!scene.account.is_nothing());
    assert_eq!(scene.in_force_since(), None);
    assert_eq!(scene.reads(None), Verdict::Missing);
    assert!(scene.account.is_nothing());
}
