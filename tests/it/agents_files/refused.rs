//! What cannot be imported, and what the server does not take.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Desk, Said, command, staff};

#[tokio::test]
async fn a_file_with_faults_is_shown_where_they_are_and_nothing_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id,name,destinations,gropus\nasha,Asha,9.19812E+11,sales\n";
    std::fs::write(folder.path().join("staff.csv"), text).unwrap();
    let nobody = "http://127.0.0.1:1";
    let import = |more: &[&str]| {
        let arguments = [&["import"], more].concat();
        Said::by(&mut command(folder.path(), nobody, &arguments), nobody)
    };
    assert_snapshot!(import(&["staff.csv"]).shown(), @r#"
    exit 2
    error[unknown-key]: unknown column "gropus"
     --> staff.csv:1:22
      |
    1 | id,name,destinations,gropus
      |                      ^^^^^^
      |
      = help: did you mean "groups"?

    error[wrong-value]: "9.19812E+11" is no whole phone number
     --> staff.csv:2:11
      |
    2 | asha,Asha,9.19812E+11,sales
      |           ^^^^^^^^^^^
      |
      = help: a spreadsheet has made a number of it, and its last digits are lost: have the column formatted as text, and enter it again
    "#);
    assert_snapshot!(import(&["staff.txt"]).shown(), @r"
    exit 2
    ringmaster: staff.txt ends in neither .yaml nor .csv: say --as yaml or --as csv
    ");
    let missing = import(&["staff.txt", "--as", "yaml"]).shown();
    assert!(missing.contains("the file can't be read"), "{missing}");
    std::fs::write(folder.path().join("good.csv"), "id,name,destinations\n").unwrap();
    let silent = import(&["good.csv"]);
    assert_eq!(silent.code, 2);
    assert!(
        silent
            .complaint
            .starts_with("ringmaster: SERVER does not answer"),
        "{silent:?}"
    );
}

#[tokio::test]
async fn a_destination_of_somebody_who_stays_is_refused_with_its_line() {
    let desk = Desk::with(staff()).await;
    desk.write(
        "staff.yaml",
        "agents:\n  divya:\n    name: Divya\n    destinations: [sip:divya, \"98123 45002\"]\n",
    );
    assert_snapshot!(desk.agents(&["import", "staff.yaml", "--yes"]).shown(), @r#"
    exit 2
    error[duplicate-name]: the destination +919812345002 of divya is bilal's already, who is on the server and not in the file
     --> staff.yaml:4:31
      |
    4 |     destinations: [sip:divya, "98123 45002"]
      |                               ^^^^^^^^^^^^^
    "#);
    assert_eq!(desk.ids().await, ["007", "asha", "bilal"]);
}

#[tokio::test]
async fn a_list_that_is_refused_names_the_place_of_whose_destination_is_taken() {
    let desk = Desk::with(staff()).await;
    let list = json!([
        { "id": "divya", "name": "Divya", "destinations": ["sip:divya"] },
        { "id": "esha", "name": "Esha", "destinations": ["+919812345002"] },
    ]);
    let url = format!("{}/v1/accounts/default/agents", desk.server());
    let request = reqwest::Client::new().put(url).bearer_auth("boss");
    let response = request.json(&list).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let problem: Value = response.json().await.unwrap();
    let error = json!({
        "field": "[1].destinations",
        "message": "+9198xxxxx002 belongs to bilal already, so esha cannot have it",
    });
    assert_eq!(problem["errors"], json!([error]));
}

#[tokio::test]
async fn a_token_that_may_only_read_may_export_and_look() {
    let settings = "[accounts.default]\nkeys = ['key']\ntokens = 'admin:boss,read:guest'\n";
    let server = crate::support::process::ServerProcess::serve(settings, super::RULES);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("guest"), "guest\n").unwrap();
    let text = "agents: { asha: { name: Asha, destinations: [sip:asha] } }";
    std::fs::write(folder.path().join("staff.yaml"), text).unwrap();
    let address = server.url("");
    let run = |arguments: &[&str]| {
        let arguments = [arguments, &["--token-file", "guest"]].concat();
        Said::by(&mut command(folder.path(), &address, &arguments), &address)
    };
    assert_eq!(run(&["export"]).shown(), "exit 0\nagents: {}");
    assert_eq!(run(&["import", "staff.yaml", "--dry-run"]).code, 1);
    assert_snapshot!(run(&["import", "staff.yaml", "--yes"]).shown(), @r"
    exit 2
    + asha (Asha): sip:asha

    1 to add, 0 to change, 0 to remove, 0 unchanged
    ringmaster: SERVER answered 403: this needs a token with the role admin
    ");
}

/// A server that lists these agents, and refuses what it is told to.
async fn stand_in(agents: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "agents": agents })))
        .mount(&server)
        .await;
    server
}

async fn answers(server: &MockServer, verb: Method, at: &str, status: u16, body: Value) {
    Mock::given(method(verb.as_str()))
        .and(path(format!("/v1/accounts/default{at}")))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(server)
        .await;
}

fn there(id: &str, state: &str) -> Value {
    let destination = format!("sip:{id}");
    json!({ "id": id, "name": id, "destinations": [destination], "state": state })
}

const MOVED: &str = "agents:\n  bilal:\n    name: Bilal\n    destinations: [sip:asha]\n";

fn import(server: &MockServer, text: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("staff.yaml"), text).unwrap();
    let arguments = ["import", "staff.yaml", "--remove-others", "--yes"];
    Said::by(
        &mut command(folder.path(), &server.uri(), &arguments),
        &server.uri(),
    )
}

#[tokio::test]
async fn what_only_the_server_knows_is_shown_with_the_line_of_the_file() {
    let server = stand_in(json!([there("bilal", "idle")])).await;
    let error = json!({ "field": "[0].destinations[0]", "message": "is not dialled here" });
    let problem = json!({ "detail": "1 field is not valid", "errors": [error] });
    answers(&server, Method::PUT, "/agents", 400, problem).await;
    assert_snapshot!(import(&server, MOVED).shown(), @r"
    exit 2
    ~ bilal (Bilal)
        destinations: sip:bilal → sip:asha
        name: bilal → Bilal

    0 to add, 1 to change, 0 to remove, 0 unchanged
    error[wrong-value]: the server refuses destinations[0]: is not dialled here
     --> staff.yaml:4:20
      |
    4 |     destinations: [sip:asha]
      |                    ^^^^^^^^
    ");
}

#[tokio::test]
async fn what_was_done_before_something_failed_is_told() {
    let server = stand_in(json!([there("asha", "idle"), there("chitra", "idle")])).await;
    answers(&server, Method::DELETE, "/agents/asha", 200, json!({})).await;
    let down = json!({ "detail": "the store is not available at the moment; try again" });
    answers(&server, Method::PUT, "/agents", 503, down.clone()).await;
    assert_snapshot!(import(&server, MOVED).shown(), @r"
    exit 1
    + bilal (Bilal): sip:asha
    - asha (asha)
    - chitra (chitra)

    1 to add, 0 to change, 2 to remove, 0 unchanged
    Only a part was done: 0 agents stored, 1 removed, then: SERVER answered 503: the store is not available at the moment; try again. Import again to do the rest.
    ");

    let server = stand_in(json!([there("asha", "idle"), there("chitra", "idle")])).await;
    let gone = json!({ "detail": "there is no agent with this id" });
    answers(&server, Method::DELETE, "/agents/asha", 404, gone).await;
    answers(&server, Method::PUT, "/agents", 200, json!({ "stored": 1 })).await;
    answers(&server, Method::DELETE, "/agents/chitra", 503, down).await;
    assert_snapshot!(import(&server, MOVED).shown(), @r"
    exit 1
    + bilal (Bilal): sip:asha
    - asha (asha)
    - chitra (chitra)

    1 to add, 0 to change, 2 to remove, 0 unchanged
    Only a part was done: 1 agent stored, 0 removed, then: SERVER answered 503: the store is not available at the moment; try again. Import again to do the rest.
    ");
}

#[tokio::test]
async fn what_is_no_list_of_agents_is_not_compared_with() {
    let server = stand_in(json!([{ "id": "asha" }])).await;
    let said = import(&server, MOVED);
    assert_eq!(said.code, 2);
    assert!(
        said.complaint
            .starts_with("ringmaster: SERVER lists agents that cannot be read"),
        "{said:?}"
    );
}
