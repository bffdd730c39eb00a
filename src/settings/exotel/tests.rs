use std::collections::HashMap;

use secrecy::ExposeSecret;

use crate::settings::{Settings, reference};

fn load(section: &str) -> Result<Settings, String> {
    let toml = format!("[accounts.default.exotel]\n{section}");
    Settings::from_toml(&toml).map_err(|error| format!("{:#}", anyhow::Error::from(error)))
}

const WHOLE: &str = "sid = 'acme'\napi_key = 'k1'\napi_token = 't1'\n";

#[test]
fn a_whole_section_gives_access_with_the_usual_limits() {
    let settings = load(&format!("{WHOLE}region = 'mumbai'")).unwrap();
    let account = settings.accounts.values().next().unwrap();
    let access = account.exotel.as_ref().unwrap().access().unwrap();
    assert_eq!(access.api_token.expose_secret(), "t1");
    assert_eq!(access.hosts.v3.as_str(), "https://ccm-api.in.exotel.com");
    let meaning = |name: &str| {
        let name = format!("accounts.default.exotel.{name}");
        reference::ALL
            .iter()
            .find(|setting| setting.name == name)
            .unwrap()
            .meaning
    };
    for (name, usual) in [
        ("timeout_ms", access.timeout.as_millis()),
        ("connect_timeout_ms", access.connect_timeout.as_millis()),
        (
            "requests_per_minute",
            access.requests_per_minute.get().into(),
        ),
        ("quiet_after_seconds", access.quiet_after.as_secs().into()),
    ] {
        assert!(
            meaning(name).ends_with(&format!("; {usual} without it")),
            "{name}"
        );
    }
    assert!(!format!("{settings:?}{access:?}").contains("t1"));
}

#[test]
fn an_account_without_the_section_starts_no_calls() {
    let settings = Settings::from_toml("[accounts.default]\nkeys = ['k']").unwrap();
    assert!(
        settings
            .accounts
            .values()
            .all(|account| account.exotel.is_none())
    );
}

#[test]
fn secrets_come_from_files_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let section = format!(
        "sid = 'acme'\napi_key = 'k'\nregion = 'singapore'\napi_token_file = '{}'",
        path.display()
    );
    std::fs::write(&path, "# of May\nfrom-a-file\n").unwrap();
    let settings = load(&section).unwrap();
    let account = settings.accounts.values().next().unwrap();
    let access = account.exotel.as_ref().unwrap().access().unwrap();
    assert_eq!(access.api_token.expose_secret(), "from-a-file");
    std::fs::write(&path, "one\ntwo\n").unwrap();
    insta::assert_snapshot!(load(&section).unwrap_err(), @r"
    the settings make no sense:
      accounts.default.exotel.api_token_file must name a file with one line
    ");
}

#[test]
fn what_is_missing_or_wrong_is_said_by_name() {
    let complaint = |section: &str| load(section).unwrap_err();
    insta::assert_snapshot!(complaint("sid = 'acme'\ntimeout_ms = 1\nconnect_timeout_ms = 50"), @r"
    the settings make no sense:
      accounts.default.exotel lacks api_key or api_key_file, api_token or api_token_file, region or base_url
      accounts.default.exotel.timeout_ms must be between 100ms and 2m
      accounts.default.exotel.connect_timeout_ms must be less than timeout_ms
    ");
    insta::assert_snapshot!(complaint(&format!("{WHOLE}region = 'mumbai'\nbase_url = 'http://127.0.0.1:1'")), @r"
    the settings make no sense:
      accounts.default.exotel has region and base_url: keep one
    ");
    insta::assert_snapshot!(complaint(&format!("{WHOLE}region = 'delhi'")), @"the settings cannot be read: must be one of singapore, mumbai for key `accounts.default.exotel.region`");
    insta::assert_snapshot!(complaint(&format!("{WHOLE}base_url = 'https://k1:hush@x.example.com'")), @"the settings cannot be read: an API's address is such as https://ccm-api.exotel.com, without a key, a token or a query in it for key `accounts.default.exotel.base_url`");
    insta::assert_snapshot!(complaint(&format!("{WHOLE}api_key_file = 'key'\nregion = 'mumbai'")), @r"
    the settings make no sense:
      accounts.default.exotel.api_key and accounts.default.exotel.api_key_file are both set: keep one
    ");
    insta::assert_snapshot!(complaint("sid = 'a/b'"), @"the settings cannot be read: Exotel's account SID is 1 to 64 letters, digits, dashes and underscores for key `accounts.default.exotel.sid`");
    insta::assert_snapshot!(complaint("subdomain = 'x'"), @"the settings cannot be read: unknown field `subdomain`, expected one of `sid`, `api_key`, `api_key_file`, `api_token`, `api_token_file`, `region`, `base_url`, `timeout_ms`, `connect_timeout_ms`, `requests_per_minute`, `quiet_after_seconds` for key `accounts.default.exotel`");
    insta::assert_snapshot!(complaint(&format!("{WHOLE}region = 'mumbai'\nrequests_per_minute = 0")), @"the settings cannot be read: invalid value: integer, expected a nonzero u32 for key `accounts.default.exotel.requests_per_minute`");
}

#[test]
fn two_accounts_do_not_share_one_at_exotel() {
    let section = |name: &str, sid: &str| {
        format!(
            "[accounts.{name}.exotel]\nsid = '{sid}'\napi_key = 'k'\napi_token = 't'\nregion = 'mumbai'\n"
        )
    };
    let both = |one: &str, other: &str| {
        let toml = format!("{}{}", section("clinic", one), section("shop", other));
        Settings::from_toml(&toml).map_err(|error| error.to_string())
    };
    assert!(both("acme1", "acme2").is_ok());
    insta::assert_snapshot!(both("acme1", "acme1").unwrap_err(), @r"
    the settings make no sense:
      accounts.shop.exotel.sid is that of accounts.clinic too: keep the section in one of them, for the requests a minute are counted for each account alone
    ");
}

#[test]
fn credentials_from_an_example_are_named() {
    let section = "sid = 'a'\nregion = 'mumbai'\napi_key = 'change-me'\napi_token = 'fine'";
    let placeholders = load(section).unwrap().placeholders();
    assert_eq!(placeholders, ["accounts.default.exotel.api_key"]);
}

#[test]
fn the_environment_sets_them_too() {
    let variables = [
        ("SID", "acme"),
        ("API_KEY", "1"),
        ("API_TOKEN", "2"),
        ("REGION", "mumbai"),
        ("REQUESTS_PER_MINUTE", "60"),
    ];
    let environment: HashMap<_, _> = variables
        .iter()
        .map(|(name, value)| {
            (
                format!("RINGMASTER__ACCOUNTS__DEFAULT__EXOTEL__{name}"),
                (*value).to_owned(),
            )
        })
        .collect();
    let file = config::File::from_str("", config::FileFormat::Toml);
    let settings = Settings::from_sources(file, Some(environment)).unwrap();
    let account = settings.accounts.values().next().unwrap();
    let access = account.exotel.as_ref().unwrap().access().unwrap();
    assert_eq!(access.requests_per_minute.get(), 60);
}
