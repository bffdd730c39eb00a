use std::collections::HashMap;

use secrecy::ExposeSecret;

use super::*;

fn load(toml: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let environment: HashMap<_, _> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings::from_sources(
        config::File::from_str(toml, config::FileFormat::Toml),
        Some(environment),
    )
}

/// The complaint with everything that caused it, as the program shows it.
fn complaint(toml: &str, variables: &[(&str, &str)]) -> String {
    let error = load(toml, variables).unwrap_err();
    format!("{:#}", anyhow::Error::from(error))
}

#[test]
fn the_defaults_load_from_the_reference_alone() {
    let settings = Settings::built_in().unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.answer_deadline, Duration::from_secs(1));
    assert_eq!(settings.store.kind, StoreKind::Memory);
    assert!(settings.accounts.is_empty());
}

#[test]
fn every_setting_of_the_reference_is_known_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    for setting in reference::ALL {
        let mut example = setting.example.to_owned();
        if setting.name.ends_with("_file") {
            let path = folder.path().join(setting.name);
            let line = if setting.name.ends_with("tokens_file") {
                "read:abc\n"
            } else {
                "abc\n"
            };
            std::fs::write(&path, line).unwrap();
            example = path.display().to_string();
        }
        let mut variables = needed_beside(setting.name);
        variables.push((setting.variable(), example));
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        load("", &variables).unwrap_or_else(|error| panic!("{}: {error}", setting.name));
    }
}

/// What has to be set as well for one setting to make sense.
fn needed_beside(name: &str) -> Vec<(String, String)> {
    if let "tls.certificate" | "tls.key" = name {
        let both = ["CERTIFICATE", "KEY"].map(|part| format!("RINGMASTER__TLS__{part}"));
        return both.map(|name| (name, "x.pem".to_owned())).into();
    }
    let Some((section, own)) = name.split_once("exotel.") else {
        return Vec::new();
    };
    let own = match own.trim_end_matches("_file") {
        "base_url" => "region",
        own => own,
    };
    let parts = ["sid", "api_key", "api_token", "region"].into_iter();
    parts
        .filter(|part| *part != own)
        .map(|part| {
            let name = format!("{section}exotel.{part}");
            let setting = reference::ALL.iter().find(|setting| setting.name == name);
            let setting = setting.unwrap();
            (setting.variable(), setting.example.to_owned())
        })
        .collect()
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let toml = "listen = '127.0.0.1:1'\nrules = 'here'";
    let settings = load(toml, &[("RINGMASTER__LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.rules, Path::new("here"));
}

#[test]
fn accounts_have_keys_and_tokens() {
    let toml = r#"
        [accounts.default]
        keys = ["one", "two"]
        [[accounts.default.tokens]]
        role = "admin"
        name = "anita"
        token = "three"
    "#;
    let settings = load(toml, &[]).unwrap();
    let account = settings.accounts.values().next().unwrap();
    assert_eq!(
        account
            .keys
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect::<Vec<_>>(),
        ["one", "two"]
    );
    assert_eq!(account.tokens[0].role, Role::Admin);
    assert_eq!(account.tokens[0].name.as_deref(), Some("anita"));
}

#[test]
fn secrets_come_from_the_environment_and_from_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    std::fs::write(
        &path,
        "# rotated in May\nadmin:a:b\n\nread (the wall): (c):d\n",
    )
    .unwrap();
    let settings = load(
        "",
        &[
            ("RINGMASTER__ACCOUNTS__DEFAULT__KEYS", "one, two"),
            (
                "RINGMASTER__ACCOUNTS__DEFAULT__TOKENS_FILE",
                path.to_str().unwrap(),
            ),
        ],
    )
    .unwrap();
    let account = settings.accounts.values().next().unwrap();
    assert_eq!(account.keys.len(), 2);
    assert_eq!(account.tokens[0].token.expose_secret(), "a:b");
    assert_eq!(account.tokens[1].role, Role::Read);
    assert_eq!(account.tokens[1].name.as_deref(), Some("the wall"));
    assert_eq!(account.tokens[1].token.expose_secret(), "(c):d");
}

#[test]
fn debug_shows_no_secret() {
    let toml = r#"
        store = { kind = "redis", url = "redis://:hidden@host" }
        [accounts.default]
        keys = ["hidden"]
        tokens = [{ role = "read", token = "hidden" }]
    "#;
    let shown = format!("{:?}", load(toml, &[]).unwrap());
    assert!(!shown.contains("hidden"), "{shown}");
}

#[test]
fn secrets_from_an_example_are_named() {
    let toml = "[accounts.default]\nkeys = ['fine-and-long', 'change-me']\ntokens = [{ role = 'read', token = 'Change-Me-too' }]";
    let placeholders = load(toml, &[]).unwrap().placeholders();
    assert_eq!(
        placeholders,
        ["accounts.default.keys[1]", "accounts.default.tokens[0]"]
    );
}

#[test]
fn what_is_wrong_is_said_with_its_name() {
    insta::assert_snapshot!(complaint("lisen = 'x'", &[]), @"the settings cannot be read: unknown field `lisen`, expected one of `listen`, `rules`, `rules_poll_seconds`, `public_url`, `workers`, `answer_deadline_ms`, `replay_window_ms`, `offer_margin_ms`, `drain_seconds`, `shutdown_grace_seconds`, `ready_when_degraded`, `docs`, `trusted_proxies`, `proxy_header`, `limits`, `tls`, `breaker`, `store`, `history`, `log`, `metrics`, `telemetry`, `accounts`");
    insta::assert_snapshot!(complaint("[store]\nkind = 'disk'", &[]), @"the settings cannot be read: must be one of memory, redis for key `store.kind`");
    insta::assert_snapshot!(complaint("[store]\nkin = 'redis'", &[]), @"the settings cannot be read: unknown field `kin`, expected one of `kind`, `url`, `url_file`, `sentinel_user`, `sentinel_password`, `sentinel_password_file`, `sentinel_interval_ms`, `ca_file`, `certificate_file`, `key_file`, `connect_timeout_ms`, `command_timeout_ms`, `pool_size`, `pool_wait_timeout_ms`, `retries`, `reconnect_min_delay_ms`, `reconnect_max_delay_ms` for key `store`");
    insta::assert_snapshot!(complaint("answer_deadline_ms = 'soon'", &[]), @r#"the settings cannot be read: invalid type: string "soon", expected an integer for key `answer_deadline_ms`"#);
    insta::assert_snapshot!(complaint("listen = 'here'", &[]), @"the settings cannot be read: invalid socket address syntax for key `listen`");
    insta::assert_snapshot!(complaint("public_url = 'connect.example.com'", &[]), @"the settings cannot be read: public_url must be an address such as https://connect.example.com, without a query for key `public_url`");
    insta::assert_snapshot!(complaint("[accounts.Wrong]\nkeys = []", &[]), @"the settings cannot be read: an account's name is small letters, digits and dashes, and does not begin with a dash for key `accounts`");
    insta::assert_snapshot!(complaint("[[accounts.default.tokens]]\nrole = 'boss'\ntoken = 'x'", &[]), @"the settings cannot be read: must be one of admin, presence, read for key `accounts.default.tokens[0]role`");
    insta::assert_snapshot!(complaint("", &[("RINGMASTER__ACCOUNTS__DEFAULT__TOKENS", "sesame")]), @"the settings cannot be read: a token is written role:token for key `accounts.default.tokens`");
    insta::assert_snapshot!(complaint("", &[("RINGMASTER__ACCOUNTS__DEFAULT__TOKENS", "read(wall:x")]), @"the settings cannot be read: the name of a token is written role(name):token for key `accounts.default.tokens`");
    insta::assert_snapshot!(complaint("accounts.default.tokens = [1]", &[]), @"the settings cannot be read: invalid type: integer, expected { role, name, token }, or text such as admin:a-long-random-token for key `accounts.default.tokens[0]`");
    insta::assert_snapshot!(complaint("accounts.default.keys = 123456789012", &[]), @"the settings cannot be read: invalid type: integer, expected a list of texts, or one text with commas between them for key `accounts.default.keys`");
    insta::assert_snapshot!(complaint("", &[("RINGMASTER__STORE__URL_FILE", "/nowhere")]), @"store.url_file names /nowhere, which cannot be read: No such file or directory (os error 2)");
}

#[test]
fn an_example_does_not_become_a_secret_by_its_digest() {
    let digests = ["change-me", "change-me-too", "a-good-and-long-one"];
    let [key, token, good] = digests.map(|secret| hashed(secret).unwrap().to_string());
    let toml = format!("[accounts.default]\nkeys = ['{good}', '{key}']\ntokens = 'read:{token}'");
    let placeholders = load(&toml, &[]).unwrap().placeholders();
    assert_eq!(
        placeholders,
        ["accounts.default.keys[1]", "accounts.default.tokens[0]"]
    );
}

#[test]
fn tokens_of_a_list_may_be_texts() {
    let toml =
        "[accounts.default]\ntokens = ['admin(anita):one', { role = 'read', token = 'two' }]";
    let settings = load(toml, &[]).unwrap();
    let tokens = &settings.accounts.values().next().unwrap().tokens;
    let read: Vec<_> = tokens
        .iter()
        .map(|token| (token.role, token.token.expose_secret()))
        .collect();
    assert_eq!(read, [(Role::Admin, "one"), (Role::Read, "two")]);
}

/// Each place of a secret with each wrong shape that has a secret in it.
#[test]
fn a_secret_in_the_wrong_shape_is_not_shown() {
    let shapes = [
        "'admin:supersecret'",
        "'supersecret'",
        "123456789012",
        "1234567890.12",
        "-123456789012",
        "1234-05-06T07:08:09Z",
        "true",
        "['supersecret']",
        "['admin:supersecret', 123456789012]",
        "[['supersecret']]",
        "[123456789012]",
        "[{ role = 'supersecret', token = 'x' }]",
        "[{ role = 'admin', token = ['supersecret'] }]",
        "[{ role = 123456789012, token = 'x' }]",
        "[{ supersecret = 'admin' }]",
        "[{ role = 'admin', token = 'x', supersecret = 1 }]",
        "[{ role = 'admin', name = ['supersecret'], token = 'x' }]",
        "{ role = 'admin', token = 'supersecret' }",
        "'for key `supersecret`, expected x'",
        "['supersecret for key `listen`']",
    ];
    let places = [
        "accounts",
        "accounts.default",
        "accounts.default.keys",
        "accounts.default.tokens",
        "accounts.default.exotel",
        "accounts.default.exotel.api_key",
        "accounts.default.exotel.api_token",
        "accounts.default.exotel.sid",
        "store",
        "store.url",
        "store.sentinel_password",
        "store.pool_size",
    ];
    let mut refused = 0;
    for place in places {
        for shape in shapes {
            let Err(error) = load(&format!("{place} = {shape}"), &[]) else {
                continue;
            };
            refused += 1;
            let debug = format!("{error:?}");
            let shown = format!("{:#}", anyhow::Error::from(error));
            for hidden in ["supersecret", "123456789", "1234-05"] {
                // A name that is none of a setting's is shown, so that a slip can be found, but not where tokens stand.
                let is_name = place != "accounts.default.tokens" && shape.contains("supersecret =");
                let is_shown = shown.contains(hidden) || debug.contains(hidden);
                assert!(!is_shown || is_name, "{place} = {shape}: {shown}\n{debug}");
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn what_is_no_toml_is_placed_without_showing_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringmaster.toml");
    std::fs::write(&path, "[accounts.default]\nkeys = [hush-hush]\n").unwrap();
    let error = Settings::load(Some(&path)).unwrap_err();
    let debug = format!("{error:?}");
    let shown = format!("{:#}", anyhow::Error::from(error));
    assert!(
        !shown.contains("hush") && !debug.contains("hush"),
        "{shown}\n{debug}"
    );
    let (_, fault) = shown.split_once("ringmaster.toml ").unwrap();
    insta::assert_snapshot!(fault, @"is not TOML: line 2, column 9: string values must be quoted, expected literal string");
    assert_eq!(
        without_snippet("hush | ^\nhush"),
        "its parser does not say where"
    );
}

#[test]
fn values_that_make_no_sense_are_all_named_together() {
    let toml = "answer_deadline_ms = 9000\nshutdown_grace_seconds = 9000\n[store]\nkind = 'redis'\n[accounts.default]\nkeys = ['']\ntokens = 'read():x, read(wa\u{200b}ll):y'";
    insta::assert_snapshot!(complaint(toml, &[]), @r"
    the settings make no sense:
      answer_deadline_ms must be between 10ms and 4s500ms
      shutdown_grace_seconds must be between 0 and 1h
      store.kind is redis, which needs store.url or store.url_file
      accounts.default.keys[0] must be 1 to 512 visible ASCII characters
      accounts.default.tokens[0].name must have 1 to 64 characters that can be seen
      accounts.default.tokens[1].name must have 1 to 64 characters that can be seen
    ");
    let toml = "[history]\nkept = '59s'\nchanges_per_agent = 99";
    insta::assert_snapshot!(complaint(toml, &[]), @r"
    the settings make no sense:
      history.kept must be between 1m and 90d, or 0 to keep nothing
      history.changes_per_agent must be between 100 and 1000000
    ");
    for kept in ["0", "1h", "90d"] {
        let kept = [("RINGMASTER__HISTORY__KEPT", kept)];
        load("", &kept).unwrap();
    }
}

#[test]
fn a_secret_stands_in_one_place_only() {
    let toml = "[accounts.default]\nkeys = ['one']\nkeys_file = 'keys'";
    insta::assert_snapshot!(complaint(toml, &[]), @r"
    the settings make no sense:
      accounts.default.keys and accounts.default.keys_file are both set: keep one
    ");
}

#[test]
fn a_key_that_is_known_by_its_digest_is_not_sent_to_exotel() {
    let digest = hashed("one").unwrap();
    let toml = format!(
        "public_url = 'https://x.example'\n[accounts.default]\nkeys = ['{digest}', 'two']\n[accounts.other]\nkeys = ['{digest}']"
    );
    let settings = load(&toml, &[]).unwrap();
    let account = settings.accounts.values().next().unwrap();
    let sent = account.key_to_send().map(ExposeSecret::expose_secret);
    assert_eq!(sent, Some("two"));
    let without: Vec<_> = settings
        .without_key_to_send()
        .map(AccountName::as_str)
        .collect();
    assert_eq!(without, ["other"]);
}

#[test]
fn what_guards_the_door_is_checked() {
    let toml = "tls = { key = 'key.pem' }\n[accounts.default]\nkeys = ['sha256:12']\nsources = []";
    insta::assert_snapshot!(complaint(toml, &[]), @r"
    the settings make no sense:
      tls.key is set, and needs tls.certificate
      accounts.default.keys[0] begins with sha256:, which 64 hexadecimal digits must follow; `ringmaster hash` prints such a line
      accounts.default.sources is empty, so nobody could ask: leave it out to let in everybody
    ");
    insta::assert_snapshot!(complaint("trusted_proxies = ['10.0.0.1/8']", &[]), @"the settings cannot be read: 10.0.0.1/8 has bits behind its prefix; did you mean 10.0.0.0/8? for key `trusted_proxies`");
    insta::assert_snapshot!(complaint("limits = { api_per_second = 0 }", &[]), @"the settings cannot be read: invalid value: integer `0`, expected a nonzero u32 for key `limits.api_per_second`");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    assert!(matches!(
        Settings::load(Some(Path::new("/nowhere.toml"))),
        Err(SettingsError::Unreadable(_))
    ));
}

/// The addresses as they were understood.
fn addresses(toml: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let settings = load(toml, variables).unwrap();
    let shown = |url: &secrecy::SecretString| url.expose_secret().to_owned();
    settings.store.url.iter().map(shown).collect()
}

#[test]
fn a_comma_parts_addresses_and_neither_sentinels_nor_a_password() {
    let sentinels = "redis+sentinel://rita:a,b@one:1,two:2/main";
    assert_eq!(
        addresses(&format!("store.url = '{sentinels}'"), &[]),
        [sentinels]
    );
    let nodes = ["redis://rita:a,b@one:1", "redis://rita:a,b@two:2"];
    assert_eq!(addresses(&format!("store.url = {nodes:?}"), &[]), nodes);
    let variable = [("RINGMASTER__STORE__URL", &*nodes.join(", "))];
    assert_eq!(addresses("", &variable), nodes);
}

#[test]
fn the_sentinels_password_comes_from_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "guard\n").unwrap();
    let file = (
        "RINGMASTER__STORE__SENTINEL_PASSWORD_FILE",
        path.to_str().unwrap(),
    );
    let settings = load("", &[file]).unwrap();
    let password = settings.store.sentinel_password.unwrap();
    assert_eq!(password.expose_secret(), "guard");
    let twice = complaint("store.sentinel_password = 'other'", &[file]);
    assert!(twice.contains("both set: keep one"), "{twice}");
}

#[test]
fn the_tries_have_limits() {
    let many = complaint("store.retries = 11", &[]);
    assert!(many.contains("store.retries must be at most 10"), "{many}");
    let upside_down = complaint("store.reconnect_min_delay_ms = 300", &[]);
    assert!(upside_down.contains("must not be above"), "{upside_down}");
}
