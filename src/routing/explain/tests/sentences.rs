//! The first line of explanations.

use super::*;

#[tokio::test]
async fn nobody_rings_where_nobody_is() {
    let world = World::new();
    world.at(0);
    let explanation = world
        .explain(&office(), &question("From=09812345678&To=01135124157"))
        .await;
    insta::assert_snapshot!(explanation.summary, @"");
}
