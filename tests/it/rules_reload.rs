//! Changed rules come into force while the server runs, by whichever way they come; bad ones never do.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::desk::{A_WHILE, BROKEN, Desk, rules, uri};
use crate::support::server::laid_out;
use insta::assert_snapshot;

#[tokio::test]
async fn a_file_that_is_written_in_place() {
    let desk = Desk::with(&rules(1));
    desk.soon_rings(1).await;
    desk.write("rules/default.yaml", &rules(2));
    desk.soon_rings(2).await;
}

#[tokio::test]
async fn a_file_that_an_editor_renames_over_the_old_one() {
    let desk = Desk::with(&rules(1));
    for number in 2..5 {
        desk.write("rules/.default.yaml.swp", &rules(number));
        let (from, to) = ("rules/.default.yaml.swp", "rules/default.yaml");
        fs::rename(desk.path(from), desk.path(to)).unwrap();
        desk.soon_rings(number).await;
    }
}

/// A folder as Kubernetes mounts a `ConfigMap`: links to `..data`, which is itself a link to a folder with a date.
fn config_map(folder: &Path, name: &str, rules: &str, blocked: &str) {
    fs::create_dir_all(folder.join(name)).unwrap();
    fs::write(folder.join(name).join("default.yaml"), rules).unwrap();
    fs::write(folder.join(name).join("blocked.csv"), blocked).unwrap();
    symlink(name, folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
}

fn with_blocked(number: u32) -> String {
    let rule = "rules: [{ name: blocked, when: { caller: blocked }, targets: [] }, ";
    let list = "callers: { blocked: { file: blocked.csv } }\n";
    format!("{list}{}", rules(number).replace("rules: [", rule))
}

#[tokio::test]
async fn a_config_map_that_kubernetes_swaps() {
    let desk = Desk::in_folder(|folder| {
        let folder = folder.join("rules");
        fs::create_dir(&folder).unwrap();
        config_map(&folder, "..2026_01", &with_blocked(1), "9812300001\n");
        for file in ["default.yaml", "blocked.csv"] {
            symlink(Path::new("..data").join(file), folder.join(file)).unwrap();
        }
    });
    let folder = desk.path("rules");
    for number in 2..5 {
        let blocked = format!("981230000{number}\n");
        let name = format!("..2026_0{number}");
        config_map(&folder, &name, &with_blocked(number), &blocked);
        fs::remove_dir_all(folder.join(format!("..2026_0{}", number - 1))).unwrap();
        desk.soon_rings(number).await;
        let caller = |last: u32| format!("From=0981230000{last}");
        assert!(desk.rings(&caller(number)).await.is_empty());
        assert_eq!(desk.rings(&caller(number - 1)).await, [uri(number)]);
    }
    assert_eq!(desk.logged("ERROR"), 0, "{}", desk.server.log());
}

#[tokio::test]
async fn a_file_of_callers() {
    let desk = Desk::in_folder(|folder| {
        fs::create_dir_all(folder.join("rules/lists")).unwrap();
        fs::write(folder.join("rules/lists/blocked.csv"), "9812300001\n").unwrap();
        let rules = with_blocked(1).replace("blocked.csv", "lists/blocked.csv");
        fs::write(folder.join("rules/default.yaml"), rules).unwrap();
    });
    assert_eq!(desk.rings("From=09812300002").await, [uri(1)]);
    desk.write("rules/lists/blocked.csv", "9812300002\n");
    desk.soon("the new caller is blocked", async || {
        desk.rings("From=09812300002").await.is_empty()
    })
    .await;
    desk.write("rules/lists/blocked.csv", "nobody\n");
    desk.soon_logs("is not a phone number").await;
    assert!(desk.rings("From=09812300002").await.is_empty());
}

#[tokio::test]
async fn neither_the_log_nor_the_answer_shows_the_callers_numbers_of_what_is_wrong() {
    let desk = Desk::with(&rules(1));
    let wrong = rules(2).replace("rules: [", "callers: { vip: ['98123 4521'] }\nrules: [");
    desk.write("rules/default.yaml", &wrong);
    desk.soon_logs("\\\"98xxx xx21\\\" is not a phone number")
        .await;
    assert_eq!(desk.logged("98123 4521"), 0, "{}", desk.server.log());
    let refused = laid_out(desk.reload("boss").await).await;
    assert!(refused.contains("98xxx xx21"), "{refused}");
    assert!(!refused.contains("98123 4521"), "{refused}");
}

/// As a pipe: whoever opens it waits until somebody writes.
#[tokio::test]
async fn what_is_no_file_keeps_no_other_rules_back() {
    let desk = Desk::with(&rules(1));
    let made = std::process::Command::new("mkfifo")
        .arg(desk.path("rules/pipe.yaml"))
        .status();
    assert!(made.unwrap().success());
    desk.soon_logs("this is no file").await;
    desk.write("rules/default.yaml", &rules(2));
    desk.soon_rings(2).await;
    assert_eq!(desk.reload("boss").await.status(), 200);
}

/// A rules folder behind a link, which can be exchanged without anything happening in a folder that is watched.
fn behind_a_link(folder: &Path) {
    for (name, number) in [("one", 1), ("two", 2)] {
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("default.yaml"), rules(number)).unwrap();
    }
    symlink("one", folder.join("rules")).unwrap();
}

/// Exchanges the folder, which the server does not notice by itself once it has looked after its start.
async fn point_to(desk: &Desk, name: &str) {
    tokio::time::sleep(A_WHILE).await;
    symlink(name, desk.path("link")).unwrap();
    fs::rename(desk.path("link"), desk.path("rules")).unwrap();
}

#[tokio::test]
async fn on_sighup() {
    let desk = Desk::in_folder(behind_a_link);
    point_to(&desk, "two").await;
    desk.still_rings(1).await;
    desk.server.program.signal("HUP");
    desk.soon_rings(2).await;
    desk.server.program.signal("HUP");
    desk.soon_logs("SIGHUP").await;
    desk.still_rings(2).await;
}

#[tokio::test]
async fn a_change_that_nobody_reports_is_found_by_comparing() {
    let desk = Desk::comparing(behind_a_link);
    point_to(&desk, "two").await;
    desk.soon_rings(2).await;
}

#[tokio::test]
async fn on_request_with_what_came_of_it() {
    let desk = Desk::in_folder(behind_a_link);
    point_to(&desk, "two").await;
    desk.still_rings(1).await;
    assert_snapshot!(laid_out(desk.reload("boss").await).await, @r#"
    200
    {
      "changed": true,
      "findings": [],
      "previous_version": "01ad7a07a86d",
      "version": "6c876316cdfb"
    }
    "#);
    assert_eq!(desk.rings("").await, [uri(2)], "in force with the answer");
    assert_snapshot!(laid_out(desk.reload("boss").await).await, @r#"
    200
    {
      "changed": false,
      "findings": [],
      "previous_version": "6c876316cdfb",
      "version": "6c876316cdfb"
    }
    "#);
    assert_eq!(desk.reload("wallboard").await.status(), 403);
    assert_eq!(desk.reload("nobody").await.status(), 401);

    fs::create_dir(desk.path("three")).unwrap();
    desk.write("three/default.yaml", BROKEN);
    point_to(&desk, "three").await;
    let refused = desk.reload("boss").await;
    let content_type = refused.headers()["content-type"].clone();
    assert_eq!(content_type, "application/problem+json");
    assert_snapshot!(laid_out(refused).await, @r#"
    422
    {
      "code": "rules-refused",
      "detail": "the rules file has an error; the rules in force stay, version 6c876316cdfb",
      "findings": [
        {
          "code": "unknown-key",
          "column": 1,
          "file": "rules/default.yaml",
          "help": "did you mean \"rules\"?",
          "line": 4,
          "message": "unknown key \"rulse\" in a rules file",
          "severity": "error"
        }
      ],
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank",
      "version": "6c876316cdfb"
    }
    "#);
    assert_eq!(desk.rings("").await, [uri(2)]);
    fs::remove_file(desk.path("three/default.yaml")).unwrap();
    assert_snapshot!(laid_out(desk.reload("boss").await).await, @r#"
    422
    {
      "code": "rules-refused",
      "detail": "the rules file is not there; the rules in force stay, version 6c876316cdfb",
      "findings": [
        {
          "code": "unreadable",
          "file": "rules/default.yaml",
          "message": "the file can't be read: No such file or directory (os error 2)",
          "severity": "error"
        }
      ],
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank",
      "version": "6c876316cdfb"
    }
    "#);
    assert_eq!(desk.rings("").await, [uri(2)]);
}

#[tokio::test]
async fn a_new_file_is_a_new_account() {
    let desk = Desk::with(&rules(1));
    let elsewhere = "/exotel/other/connect?key=elsewhere";
    assert!(desk.rings_in(elsewhere).await.is_empty());
    desk.write("rules/other.yaml", &rules(7));
    desk.soon("the new account is answered", async || {
        desk.rings_in(elsewhere).await == [uri(7)]
    })
    .await;
    assert_eq!(desk.logged("has rules but no key"), 0);
    desk.write("rules/third.yaml", &rules(8));
    desk.soon_logs("has rules but no key").await;
    desk.write("rules/fourth.yml", &rules(9));
    desk.soon_logs("rules files end in .yaml").await;
    // The line in the log comes a moment before what is shown.
    desk.soon("the stray file is shown", async || {
        desk.rules_readiness().await["refused_files"] == 1
    })
    .await;
    desk.soon("the stray file is counted", async || {
        desk.metric("ringmaster_rules_files{state=\"stray\"}").await == Some(1)
    })
    .await;
    assert_eq!(desk.rings("").await, [uri(1)]);
}

#[tokio::test]
async fn a_server_that_was_started_without_any_rules_takes_those_that_come() {
    let desk = Desk::in_folder(|folder| fs::create_dir(folder.join("rules")).unwrap());
    assert_eq!(desk.logged("there are no rules yet"), 1);
    assert!(desk.rings("").await.is_empty());
    desk.write("rules/default.yaml", BROKEN);
    desk.soon_logs("its account has no other rules").await;
    desk.write("rules/default.yaml", &rules(1));
    desk.soon_rings(1).await;
}
