//! Scenarios as people write them, and what they are told about faults.

use std::time::Duration;

use crate::rules::scenario::{Scenario, Times, Whose, rate_at};
use crate::rules::{Findings, RuleBook};

const RULES: &str = "country: IN\ntime_zone: Asia/Kolkata\npresence: { heartbeat: 60s }\n\
                     rules: []\nfallback: { numbers: [] }\n";

const GOOD: &str = r#"start: "2026-11-23T09:00"
length: 8h
arrivals:
  - name: sales
    to: "01135124157"
    per_hour: { "09:00-12:00": 60, "22:00-02:00": 7.5 }
    from: ["98123*", "+919812345678"]
    digits: "1"
    returning: 30
callers: { patience: 90s, again: 8s }
talk: { mean: 4m, median: 3m }
phones: { declined: 3, failed: 2 }
reports: { answered: true, lost: 5 }
agents:
  desk: { count: 12, groups: [sales], skills: { hindi: 3 }, shift: "09:00-17:00", breaks: { every: 2h, for: 10m } }
"#;

fn parse(text: &str) -> Result<Scenario, Findings> {
    let rules = RuleBook::parse("rules.yaml", RULES).unwrap();
    Scenario::parse("day.yaml", text, &rules)
}

#[test]
fn a_scenario_says_who_calls_and_who_works() {
    let scenario = parse(GOOD).unwrap();
    assert_eq!(scenario.start.to_string(), "2026-11-23T03:30:00Z");
    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.service_level, Duration::from_secs(20));
    let phones = scenario.phones;
    assert_eq!(
        (phones.answered, phones.declined, phones.failed),
        (95, 3, 2)
    );
    let crew = &scenario.crews[0];
    assert_eq!((crew.count, crew.weight), (12, 1));
    // A third of what the rules ask for.
    assert_eq!(crew.heartbeat, Some(Duration::from_secs(20)));
    assert_eq!(scenario.callers.most, Duration::from_hours(1));
    assert_eq!(scenario.arrivals[0].from.len(), 2);
}

#[test]
fn the_rate_goes_by_the_time_of_day_also_past_midnight() {
    let rates = parse(GOOD).unwrap().arrivals[0].per_hour.clone();
    let at = |hour: u16| rate_at(&rates, hour * 60);
    let seen = [at(8), at(9), at(11), at(12), at(22), at(1), at(2)];
    assert_eq!(
        seen.map(|rate| format!("{rate}")),
        ["0", "60", "60", "0", "7.5", "7.5", "0"]
    );
}

#[test]
fn times_are_log_normal_unless_something_else_is_said() {
    let talk = |said: &str| {
        let text = GOOD.replace("{ mean: 4m, median: 3m }", said);
        parse(&text).unwrap().talk
    };
    let mean = Duration::from_mins(4);
    let median = Duration::from_secs(168);
    assert_eq!(talk("{ mean: 4m }"), Times::LogNormal { mean, median });
    assert_eq!(talk("{ mean: 4m, median: 4m }"), Times::Fixed(mean));
    assert_eq!(
        talk("{ mean: 4m, like: exponential }"),
        Times::Exponential(mean)
    );
    assert_eq!(talk("{ mean: 4m, like: fixed }"), Times::Fixed(mean));
}

/// All findings of a scenario with these changes.
fn faults(changes: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (right, wrong) in changes {
        assert!(text.contains(right), "{right}");
        text = text.replacen(right, wrong, 1);
    }
    parse(&text).unwrap_err().to_string()
}

#[test]
fn every_fault_is_told_with_its_place_and_what_was_expected() {
    insta::assert_snapshot!(faults(&[
        ("patience: 90s", "patiense: 90s"),
        ("median: 3m", "median: 5m"),
        ("\"22:00-02:00\": 7.5", "\"11:00-14:00\": many"),
        ("98123*", "12"),
        ("declined: 3", "declined: 99"),
        ("count: 12", "count: 0"),
        ("every: 2h", "every: 5m"),
    ]), @r#"
    day.yaml:6:36: 11:00-14:00 overlaps 09:00-12:00
    day.yaml:6:51: "per_hour" must be calls an hour such as 60 or 7.5, or a mapping such as { "09:00-12:00": 60 }, not "many"
    day.yaml:7:12: "12" is not a phone number or a prefix such as 98123*; this is not a valid number in IN; write it as it is dialled there, or with + and the calling code
    day.yaml:10:12: unknown key "patiense" in callers; did you mean "patience"?
    day.yaml:11:27: "median" is longer than "mean"; of times such as these most are short and a few long: the mean is the longer
    day.yaml:12:9: "answered", "declined" and "failed" are more than 100 together
    day.yaml:15:18: "count" is 0, but must be a whole number from 1 to 10000
    day.yaml:15:90: a break is over before the next: "for" must be shorter than "every"
    "#);
}

const CLICKS: &str = "clicks:
  - { name: call back, per_hour: 20, crew: desk, to: \"98123*\", refused: 10, doubled: 5 }
  - { name: campaign, per_hour: { \"10:00-12:00\": 30 }, queue: sales }
customers: { answered: 60, failed: 5 }
";

const RULES_FOR_CLICKS: &str = "country: IN\ntime_zone: Asia/Kolkata\nqueues: { sales: { agents: { groups: [sales] } } }\n\
                                outbound: { virtual_number: \"08047182200\" }\n\
                                rules: []\nfallback: { numbers: [] }\n";

#[test]
fn clicks_are_of_a_crew_or_for_a_queue_and_customers_are_unlike_agents() {
    let rules = RuleBook::parse("rules.yaml", RULES_FOR_CLICKS).unwrap();
    let text = format!("{GOOD}{CLICKS}");
    let scenario = Scenario::parse("day.yaml", &text, &rules).unwrap();
    let [own, campaign] = scenario.clicks.as_slice() else {
        panic!("{:?}", scenario.clicks);
    };
    assert_eq!(own.whose, Whose::Crew(0));
    assert_eq!((own.refused, own.doubled, own.to.len()), (10, 5, 1));
    let Whose::Queue(queue) = &campaign.whose else {
        panic!("{:?}", campaign.whose);
    };
    assert_eq!((queue.as_str(), campaign.to.len()), ("sales", 0));
    let at = |hour: u16| rate_at(&campaign.per_hour, hour * 60).to_bits();
    assert_eq!([at(9), at(10)], [0.0, 30.0].map(f64::to_bits));
    assert_eq!(
        (scenario.customers.answered, scenario.customers.failed),
        (60, 5)
    );
    assert_eq!(scenario.phones.answered, 95);
    let alike = Scenario::parse("day.yaml", GOOD, &rules).unwrap();
    assert_eq!(alike.customers, alike.phones);
    assert!(alike.clicks.is_empty());
}

#[test]
fn what_is_wrong_with_clicks_is_told() {
    let told = |rules: &str, text: &str| {
        let rules = RuleBook::parse("rules.yaml", rules).unwrap();
        let text = format!("{GOOD}{text}");
        Scenario::parse("day.yaml", &text, &rules)
            .unwrap_err()
            .to_string()
    };
    let wrong = CLICKS
        .replace("crew: desk", "crew: dsk")
        .replace("queue: sales", "queue: sale")
        .replace("doubled: 5", "doubled: 101")
        .replace("name: campaign", "name: call back")
        .replace("answered: 60", "answered: 99");
    let one = CLICKS.split("  - { name: campaign").next().unwrap();
    let neither = CLICKS.replace(", queue: sales", "");
    let both = CLICKS.replace("queue: sales", "queue: sales, crew: desk");
    let all = [
        told(RULES_FOR_CLICKS, &wrong),
        told(RULES, one),
        told(RULES_FOR_CLICKS, &neither),
        told(RULES_FOR_CLICKS, &both),
        told(RULES_FOR_CLICKS, "clicks: []"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    day.yaml:17:44: the crew "dsk" is not defined; did you mean "desk"?
    day.yaml:17:85: "doubled" is 101, but must be a whole number from 0 to 100
    day.yaml:18:13: the name "call back" stands here a second time
    day.yaml:18:64: the rules have no queue "sale"; did you mean "sales"?
    day.yaml:19:12: "answered", "declined" and "failed" are more than 100 together
    day.yaml:17:3: calls can't be started: the rules name no number that both sides see; add outbound: { virtual_number: … } to the rules, or leave clicks out
    day.yaml:18:5: a click needs "crew" or "queue"
    day.yaml:18:63: a click has either a "crew" or a "queue", not both; write two entries
    day.yaml:16:9: "clicks" is an empty list; leave the key out when nobody clicks
    "#);
}

#[test]
fn what_is_missing_or_contradicts_itself_is_told() {
    insta::assert_snapshot!(faults(&[
        ("length: 8h\n", ""),
        ("talk: { mean: 4m, median: 3m }", "talk: { mean: 4m, median: 3m, like: exponential }"),
        ("digits: \"1\"", "digits: one"),
        ("  desk: {", "  service desk: {"),
        ("again: 8s", "most: 5m"),
        ("reports: {", "customers: { answered: 60 }\nreports: {"),
        ("shift: \"09:00-17:00\"", "shift: [\"09:00-17:00\", \"16:00-20:00\"]"),
    ]), @r#"
    day.yaml:1:1: "length" is missing in a scenario; it must be a duration such as 90s or 1h30m. How long calls come in; those that are under way then go on to their end.
    day.yaml:7:13: "digits" must be keys such as "1", not "one"; keys are 0 to 9, * and #
    day.yaml:9:33: "most" does nothing without "again"; add "again", or leave the key out
    day.yaml:10:27: "median" belongs to "like: log_normal"
    day.yaml:12:12: "customers" does nothing without "clicks"; add "clicks", or leave the key out
    day.yaml:15:3: "service desk" is no name for a crew; its agents' ids begin with it: an agent's id is letters, digits and . _ @ - only
    day.yaml:15:92: 16:00-20:00 overlaps 09:00-17:00
    "#);
}
