//! Out, changed, and in again.

use std::fmt::Write as _;

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use super::{Desk, staff};

#[tokio::test]
async fn what_was_exported_is_imported_as_no_change() {
    let desk = Desk::with(staff()).await;
    assert_snapshot!(desk.agents(&["export"]).shown(), @r#"
    exit 0
    agents:
      "007":
        name: "=चित्रा"
        destinations: ["sip:chitra"]
      asha:
        name: Asha
        destinations: ["+919812345001", "sip:asha"]
        groups: [sales]
        skills: { hindi: 4 }
        position: 1
        weight: 3
      bilal:
        name: Bilal
        destinations: ["+919812345002"]
        groups: [sales, support]
    "#);
    let csv = desk.agents(&["export", "--as", "csv"]).shown();
    assert_snapshot!(csv.replace('\u{feff}', "(mark)"), @r"
    exit 0
    (mark)id,name,destinations,groups,skills,position,weight
    '007,'=चित्रा,sip:chitra,,,,1
    asha,Asha,'+919812345001 sip:asha,sales,hindi:4,1,3
    bilal,Bilal,'+919812345002,sales support,,,1
    ");
    for file in ["staff.yaml", "staff.csv"] {
        let said = desk.agents(&["export", "--output", file]);
        assert_eq!(said.output, format!("3 agents written to {file}"));
        let said = desk.agents(&["import", file, "--remove-others"]);
        assert_eq!(
            said.shown(),
            "exit 0\n0 to add, 0 to change, 0 to remove, 3 unchanged\nNothing to do."
        );
    }
}

#[tokio::test]
async fn what_would_change_is_shown_and_then_done() {
    let desk = Desk::with(staff()).await;
    desk.agents(&["export", "-o", "staff.csv"]);
    let changed = desk
        .read("staff.csv")
        .replace("Bilal", "Bilal B.")
        .replace("hindi:4", "hindi:5;tamil:1")
        .replace("'+919812345001 sip:asha", "919812345001");
    let added = "divya,Divya,098123 45004;sip:divya,sales,,,\r\n";
    desk.write("staff.csv", &format!("{changed}{added}"));

    let dry = desk.agents(&["import", "staff.csv", "--dry-run"]);
    assert_snapshot!(dry.shown(), @r"
    exit 1
    + divya (Divya): +919812345004, sip:divya; groups sales
    ~ asha (Asha)
        destinations: +919812345001, sip:asha → +919812345001
        skills: hindi 4 → hindi 5, tamil 1
    ~ bilal (Bilal B.)
        name: Bilal → Bilal B.

    1 to add, 2 to change, 0 to remove, 1 unchanged
    Nothing was changed: this was a dry run.
    ");
    assert_eq!(desk.ids().await, ["007", "asha", "bilal"]);

    let done = desk.agents(&["import", "staff.csv", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        done.output.lines().last(),
        Some("Done: 3 agents stored, 0 removed.")
    );
    let asha = desk.agent("asha").await;
    assert_eq!(asha["destinations"], json!(["+919812345001"]));
    assert_eq!(asha["skills"], json!({ "hindi": 5, "tamil": 1 }));
    assert_eq!((&asha["weight"], &asha["position"]), (&json!(3), &json!(1)));
    assert_eq!(
        desk.agent("divya").await["destinations"],
        json!(["+919812345004", "sip:divya"])
    );
    let again = desk.agents(&["import", "staff.csv", "--yes"]);
    assert_eq!(again.output.lines().last(), Some("Nothing to do."));
}

#[tokio::test]
async fn who_is_in_a_call_is_not_disturbed() {
    let desk = Desk::with(staff()).await;
    let available = json!({ "status": "available" });
    let path = "/agents/asha/presence";
    desk.office.admin(Method::PUT, path, Some(available)).await;
    let call = "CallSid=one&From=09812316844&To=01135124157";
    assert_eq!(
        desk.office.connect(0, call).await.destinations(),
        ["+919812345001"]
    );
    desk.agents(&["export", "-o", "staff.yaml"]);
    let renamed = desk
        .read("staff.yaml")
        .replace("name: Asha", "name: Asha K");
    desk.write("staff.yaml", &renamed);
    assert_eq!(desk.agents(&["import", "staff.yaml", "--yes"]).code, 0);
    let asha = desk.agent("asha").await;
    assert_eq!(asha["name"], "Asha K");
    assert_eq!(
        (&asha["state"], &asha["call"]),
        (&json!("reserved"), &json!("one"))
    );

    desk.write("nobody.yaml", "agents: {}\n");
    desk.write("nobody.csv", "id,name,destinations\n");
    for file in ["nobody.yaml", "nobody.csv"] {
        let refused = desk.agents(&["import", file, "--remove-others", "--yes"]);
        assert_eq!(refused.code, 2, "{refused:?}");
        let expected = format!(
            "ringmaster: nothing was changed: {file} names nobody, and --remove-others would remove all agents (3). \
             If this is what you want, say --remove-all too"
        );
        assert_eq!(refused.complaint, expected);
        let tried = desk.agents(&["import", file, "--remove-others", "--dry-run"]);
        assert_eq!((tried.code, tried.complaint), (2, expected));
        assert_eq!(desk.ids().await.len(), 3, "{file}");
    }
    let all = ["--remove-others", "--remove-all", "--yes"];
    let removed = desk.agents(&[&["import", "nobody.csv"], &all[..]].concat());
    assert_snapshot!(removed.shown(), @r"
    exit 0
    - 007 (=चित्रा)
    - asha (Asha K), reserved for a call: it goes on, and is no longer followed
    - bilal (Bilal)

    0 to add, 0 to change, 3 to remove, 0 unchanged
    Done: 0 agents stored, 3 removed.
    ");
    assert_eq!(desk.ids().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_number_goes_over_to_a_new_id_and_two_swap_theirs() {
    let desk = Desk::with(staff()).await;
    desk.write(
        "staff.csv",
        "id,name,destinations\n\
         asha,Asha,'+919812345002\n\
         bilal.k,Bilal,\"+919812345001; sip:asha\"\n",
    );
    let said = desk.agents(&["import", "staff.csv", "--remove-others", "--yes"]);
    assert_eq!(
        said.output.lines().last(),
        Some("Done: 2 agents stored, 2 removed."),
        "{said:?}"
    );
    assert_eq!(desk.ids().await, ["asha", "bilal.k"]);
}

const FEWER: &str = "agents:\n  bilal: { name: Bilal, destinations: [\"+919812345002\"], groups: [support] }\n  \
         esha: { name: Esha, destinations: [sip:esha] }\n";

const FOR_PROGRAMS: [&str; 5] = [
    "import",
    "staff.yaml",
    "--remove-others",
    "--format",
    "json",
];

#[tokio::test]
async fn programs_get_one_document() {
    let desk = Desk::with(staff()).await;
    desk.write("staff.yaml", FEWER);
    let arguments = FOR_PROGRAMS;
    let asks_nothing = desk.agents(&arguments);
    assert_snapshot!(asks_nothing.shown(), @r"
    exit 2
    ringmaster: --format json asks nothing: say --yes or --dry-run
    ");
    let dry = desk.agents(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 1);
    let mut document = dry.json();
    assert_eq!(document["outcome"].take(), "dry_run");
    assert_snapshot!(format!("{document:#}"), @r#"
    {
      "account": "default",
      "added": [
        {
          "destinations": [
            "sip:esha"
          ],
          "groups": [],
          "id": "esha",
          "name": "Esha",
          "skills": {},
          "weight": 1
        }
      ],
      "changed": [
        {
          "fields": [
            {
              "after": [
                "support"
              ],
              "before": [
                "sales",
                "support"
              ],
              "field": "groups"
            }
          ],
          "id": "bilal"
        }
      ],
      "file": "staff.yaml",
      "others": 0,
      "outcome": null,
      "removed": [
        {
          "destinations": [
            "sip:chitra"
          ],
          "groups": [],
          "id": "007",
          "name": "=चित्रा",
          "skills": {},
          "state": "idle",
          "weight": 1
        },
        {
          "destinations": [
            "+919812345001",
            "sip:asha"
          ],
          "groups": [
            "sales"
          ],
          "id": "asha",
          "name": "Asha",
          "position": 1,
          "skills": {
            "hindi": 4
          },
          "state": "idle",
          "weight": 3
        }
      ],
      "server": "SERVER",
      "unchanged": 0,
      "version": 1,
      "why": null
    }
    "#);
}

#[tokio::test]
async fn programs_are_told_what_became_of_it_in_a_word() {
    let desk = Desk::with(staff()).await;
    desk.write("staff.yaml", FEWER);
    let arguments = FOR_PROGRAMS;
    let done = desk.agents(&[&arguments[..], &["--yes"]].concat());
    assert_eq!((done.code, &done.json()["outcome"]), (0, &json!("applied")));
    let again = desk.agents(&[&arguments[..], &["--yes"]].concat());
    assert_eq!(
        (again.code, &again.json()["outcome"]),
        (0, &json!("nothing_to_do"))
    );
    desk.write("staff.yaml", "agents:\n  bilal: { nam: Bilal }\n");
    let faulty = desk.agents(&[&arguments[..], &["--yes"]].concat());
    assert_eq!(
        (faulty.code, &faulty.json()["outcome"]),
        (2, &json!("faulty"))
    );
    assert_eq!(
        faulty.json()["findings"][1]["help"],
        "did you mean \"name\"?"
    );
}

#[tokio::test]
async fn a_thousand_agents_come_at_once_and_no_more() {
    let desk = Desk::with(json!([])).await;
    let mut rows = "id,name,destinations,groups,skills\n".to_owned();
    for number in 0..1000 {
        writeln!(
            rows,
            "a{number:04},Agent {number},98123{number:05},sales,hindi:4"
        )
        .unwrap();
    }
    desk.write("staff.csv", &rows);
    let said = desk.agents(&["import", "staff.csv", "--yes"]);
    assert_eq!(
        said.output.lines().last(),
        Some("Done: 1000 agents stored, 0 removed.")
    );
    let again = desk.agents(&["import", "staff.csv"]);
    assert_eq!(again.output.lines().last(), Some("Nothing to do."));
    let more = rows.replace("Agent", "Person") + "b,B,sip:b,,\n";
    desk.write("staff.csv", &more);
    let refused = desk.agents(&["import", "staff.csv", "--yes"]);
    assert_eq!(refused.code, 2);
    assert_snapshot!(refused.complaint, @"ringmaster: 1001 agents are new or changed, and at most 1000 are stored all or nothing: say --in-parts to store 1000 at a time");
    assert_eq!(desk.agent("a0000").await["name"], "Agent 0");
    let parts = desk.agents(&["import", "staff.csv", "--yes", "--in-parts"]);
    assert_eq!(
        parts.output.lines().last(),
        Some("Done: 1001 agents stored, 0 removed.")
    );
    assert_eq!(desk.ids().await.len(), 1001);
}
