//! Changes that are over, and changes that never end.

use std::path::PathBuf;

use super::*;

/// A folder in which this stray stands.
fn glimpse(stray: &str) -> Glimpse {
    Glimpse {
        strays: [PathBuf::from(stray)].into(),
        ..Glimpse::default()
    }
}

fn at(start: Instant, millis: u64) -> Instant {
    start.checked_add(Duration::from_millis(millis)).unwrap()
}

#[tokio::test]
async fn a_change_is_over_when_two_looks_in_a_row_see_the_same() {
    let (start, judged) = (Instant::now(), glimpse("old"));
    let mut settling = Settling::default();
    assert_eq!(settling.look_at(), None);
    settling.noticed(start);
    assert_eq!(settling.look_at(), Some(at(start, 50)));
    assert!(!settling.is_over(glimpse("half"), &judged, at(start, 50)));
    assert!(!settling.is_over(glimpse("new"), &judged, at(start, 100)));
    assert_eq!(settling.look_at(), Some(at(start, 150)));
    assert!(settling.is_over(glimpse("new"), &judged, at(start, 150)));
    assert_eq!(settling.look_at(), None);
}

#[tokio::test]
async fn what_happens_during_the_pause_begins_it_anew() {
    let start = Instant::now();
    let mut settling = Settling::default();
    settling.noticed(start);
    settling.noticed(at(start, 30));
    assert_eq!(settling.look_at(), Some(at(start, 80)));
}

#[tokio::test]
async fn what_was_undone_in_between_is_no_change() {
    let (start, judged) = (Instant::now(), glimpse("old"));
    let mut settling = Settling::default();
    settling.noticed(start);
    assert!(!settling.is_over(glimpse("new"), &judged, at(start, 50)));
    assert!(!settling.is_over(judged.clone(), &judged, at(start, 100)));
    assert_eq!(settling.look_at(), None);
    assert!(
        !settling.is_over(glimpse("new"), &judged, at(start, 150)),
        "seen once since"
    );
}

#[tokio::test]
async fn a_change_without_end_is_taken_as_it_is() {
    let (start, judged) = (Instant::now(), glimpse("old"));
    let mut settling = Settling::default();
    let mut judged_at = None;
    for millis in (0..3000).step_by(10) {
        settling.noticed(at(start, millis));
        let now = at(start, millis);
        if settling.look_at().is_some_and(|look| look <= now)
            && settling.is_over(glimpse(&millis.to_string()), &judged, now)
        {
            judged_at.get_or_insert(millis);
        }
    }
    assert_eq!(judged_at, Some(2000));
}
