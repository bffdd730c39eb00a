//! Short texts that all instances share, on both stores.

use std::time::{Duration, Instant};

use ringmaster::presence::NoteStep;

use super::world::*;

const KEPT: Duration = Duration::from_secs(30);

impl World {
    async fn note(&self, name: &str, step: NoteStep<'_>) -> Option<String> {
        self.store.note(&self.account, name, step).await.unwrap()
    }

    async fn claim(&self, name: &str, text: &str) -> Option<String> {
        self.note(name, NoteStep::Claim { text, kept: KEPT }).await
    }
}

behaviours! {
    async fn of_all_who_claim_a_name_one_finds_it_free(world: &World) {
        let claims = (0..20).map(|number| format!("claim {number}")).collect::<Vec<_>>();
        let claims = claims.iter().map(|text| world.claim("one", text));
        let found = futures_util::future::join_all(claims).await;
        assert_eq!(found.iter().filter(|before| before.is_none()).count(), 1);
        let kept = world.note("one", NoteStep::Read).await;
        assert!(found.iter().flatten().all(|before| Some(before) == kept.as_ref()));
        assert_eq!(world.claim("two", "another name").await, None);
    }

    async fn what_is_written_takes_the_place_of_what_stood_there(world: &World) {
        world.claim("one", "pending").await;
        let done = NoteStep::Write { text: "done", kept: KEPT };
        assert_eq!(world.note("one", done).await.as_deref(), Some("pending"));
        assert_eq!(world.note("one", NoteStep::Read).await.as_deref(), Some("done"));
        assert_eq!(world.note("one", NoteStep::Remove).await.as_deref(), Some("done"));
        assert_eq!(world.note("one", NoteStep::Read).await, None);
        assert_eq!(world.claim("one", "again").await, None);
    }

    async fn what_is_kept_on_is_what_stands_there_and_what_was_taken_away_stays_away(world: &World) {
        let keep = NoteStep::Keep { kept: KEPT };
        assert_eq!(world.note("one", keep).await, None);
        assert_eq!(world.note("one", NoteStep::Read).await, None);
        world.claim("one", "pending").await;
        assert_eq!(world.note("one", keep).await.as_deref(), Some("pending"));
        assert_eq!(world.note("one", NoteStep::Read).await.as_deref(), Some("pending"));
        world.note("one", NoteStep::Remove).await;
        assert_eq!(world.note("one", keep).await, None);
        assert_eq!(world.note("one", NoteStep::Read).await, None);
    }

    async fn a_note_lasts_as_long_as_it_was_last_kept_for(world: &World) {
        let short = Duration::from_millis(300);
        world.note("one", NoteStep::Write { text: "text", kept: short }).await;
        world.note("one", NoteStep::Keep { kept: KEPT }).await;
        world.note("two", NoteStep::Write { text: "text", kept: KEPT }).await;
        world.note("two", NoteStep::Keep { kept: short }).await;
        // Redis has a clock of its own.
        let deadline = Instant::now() + Duration::from_secs(20);
        while world.note("two", NoteStep::Read).await.is_some() {
            assert!(Instant::now() < deadline, "it is still there");
            world.clock.advance(Duration::from_millis(10));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(world.note("one", NoteStep::Read).await.as_deref(), Some("text"));
    }
}

#[tokio::test]
async fn a_note_is_forgotten_on_time() {
    let world = World::memory();
    world.claim("one", "pending").await;
    world.pass(29);
    assert_eq!(
        world.claim("one", "again").await.as_deref(),
        Some("pending")
    );
    world.pass(1);
    assert_eq!(world.claim("one", "again").await, None);
}
