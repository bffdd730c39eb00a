//! The one list of all settings: the defaults are taken from it, and the documentation is compared with it.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name in the settings file; `store.url` is `RINGMASTER__STORE__URL` in the environment.
    pub name: &'static str,
    /// The built-in value; `None` is not set.
    pub default: Option<&'static str>,
    /// A value that it could have.
    pub example: &'static str,
    /// What it decides, in a sentence.
    pub meaning: &'static str,
}

impl Setting {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!(
            "RINGMASTER__{}",
            self.name.to_uppercase().replace('.', "__")
        )
    }
}

const fn with_default(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting {
        name,
        default: Some(default),
        example: default,
        meaning,
    }
}

const fn optional(name: &'static str, example: &'static str, meaning: &'static str) -> Setting {
    Setting {
        name,
        default: None,
        example,
        meaning,
    }
}

/// All settings. Those of an account are shown for the account `default`.
pub const ALL: &[Setting] = &[
    with_default(
        "listen",
        "127.0.0.1:8080",
        "the address that is listened on",
    ),
    with_default(
        "rules",
        "rules",
        "the folder of the rules files, one per account",
    ),
    with_default(
        "rules_poll_seconds",
        "30",
        "how often rules, where no change is reported, and the certificate are compared with their files",
    ),
    optional(
        "public_url",
        "https://connect.example.com",
        "how Exotel reaches this service; event URLs start with it",
    ),
    optional(
        "workers",
        "4",
        "threads that answer requests; without it one per core",
    ),
    with_default(
        "answer_deadline_ms",
        "1000",
        "the time limit of an answer to Exotel; beyond it the fallback is given",
    ),
    with_default(
        "replay_window_ms",
        "10000",
        "how long an unchanged fetch of a call counts as a duplicate, while its agents are held for it",
    ),
    with_default(
        "offer_margin_ms",
        "5000",
        "added to each round of ringing, for the network, before an agent is free again",
    ),
    with_default(
        "drain_seconds",
        "5",
        "how long requests are still taken after SIGTERM, while `/readyz` says 503",
    ),
    with_default(
        "shutdown_grace_seconds",
        "10",
        "how long requests in flight, and calls that are being made, may take after that",
    ),
    with_default(
        "ready_when_degraded",
        "true",
        "whether `/readyz` stays 200 while the store is down, since the fallback is worth more than no instance",
    ),
    with_default(
        "docs",
        "true",
        "whether the description of the API is served, `/openapi.json` and `/docs`; both need no token, and tell nothing of the accounts",
    ),
    optional(
        "trusted_proxies",
        "10.0.0.0/8, 2001:db8::/32",
        "the networks of proxies that are believed about whom they speak for; without them no header is",
    ),
    with_default(
        "proxy_header",
        "x-forwarded-for",
        "the one header in which these proxies say so: `x-forwarded-for`, or `forwarded` (RFC 7239)",
    ),
    with_default(
        "limits.connect_per_second",
        "2000",
        "fetches of one account that an instance decides; beyond them it answers the account's fallback at once",
    ),
    with_default(
        "limits.events_per_second",
        "5000",
        "reports of one account that an instance takes in; beyond them it answers 200 and drops them",
    ),
    with_default(
        "limits.api_per_second",
        "1000",
        "requests of one token to the API of an instance; beyond them 429",
    ),
    with_default(
        "limits.api_account_per_second",
        "2000",
        "the same for all tokens of an account together",
    ),
    with_default(
        "limits.refused_per_minute",
        "60",
        "wrong keys and tokens of one address (IPv6: of one /64) that get 403 or 401; beyond them 429. A right one always passes",
    ),
    optional(
        "tls.certificate",
        "/etc/ringmaster/certificate.pem",
        "the certificate and its chain, PEM; with it HTTPS is spoken and HTTP is not. SIGHUP reads it again",
    ),
    optional(
        "tls.key",
        "/etc/ringmaster/key.pem",
        "the private key of the certificate, PEM",
    ),
    with_default(
        "breaker.failures",
        "3",
        "failures of the store in a row after which it is not asked for a while",
    ),
    with_default(
        "breaker.probe_interval_ms",
        "250",
        "how often a failing store is probed",
    ),
    with_default(
        "breaker.probe_timeout_ms",
        "500",
        "the time limit of a probe",
    ),
    with_default(
        "store.kind",
        "memory",
        "`memory` (one process, forgotten at its end) or `redis`",
    ),
    optional(
        "store.url",
        "redis://127.0.0.1:6379",
        "where Redis is, [in one of these forms](#redis)",
    ),
    optional(
        "store.url_file",
        "/run/secrets/redis_url",
        "a file that holds the address, or the addresses of a cluster, one a line",
    ),
    optional(
        "store.sentinel_user",
        "ringmaster",
        "the user at the sentinels; the address holds the user at Redis",
    ),
    optional(
        "store.sentinel_password",
        "a-long-random-password",
        "the password at the sentinels",
    ),
    optional(
        "store.sentinel_password_file",
        "/run/secrets/sentinel_password",
        "a file that holds the password at the sentinels",
    ),
    with_default(
        "store.sentinel_interval_ms",
        "1000",
        "how often the sentinels are asked whether another server is the master by now",
    ),
    optional(
        "store.ca_file",
        "/etc/ringmaster/redis-ca.pem",
        "the authorities (PEM) that are trusted on connections with TLS, in the place of the public ones",
    ),
    optional(
        "store.certificate_file",
        "/etc/ringmaster/redis.pem",
        "the certificate (PEM) with which this service proves itself, for a Redis that asks for one",
    ),
    optional(
        "store.key_file",
        "/etc/ringmaster/redis-key.pem",
        "the key (PEM) of that certificate",
    ),
    with_default(
        "store.connect_timeout_ms",
        "1000",
        "the time limit of connecting to Redis",
    ),
    with_default(
        "store.command_timeout_ms",
        "1000",
        "the time limit of one Redis command",
    ),
    with_default(
        "store.pool_size",
        "8",
        "Redis connections for administration; decisions have their own",
    ),
    with_default(
        "store.pool_wait_timeout_ms",
        "1000",
        "the time limit of waiting for one of them",
    ),
    with_default(
        "store.retries",
        "3",
        "how often a caller's connection is tried again before it counts as failed, at most 10; in a cluster also how often a command is sent again",
    ),
    with_default(
        "store.reconnect_min_delay_ms",
        "20",
        "about the first pause between two tries; they double, and are partly left to chance",
    ),
    with_default(
        "store.reconnect_max_delay_ms",
        "200",
        "the longest such pause",
    ),
    with_default(
        "history.kept",
        "72h",
        "how long it is kept what was decided and why, and what agents were: `1m` to `90d`, or `0` to keep none of it",
    ),
    with_default(
        "history.changes_per_agent",
        "10000",
        "about how many changes of an agent are kept at most, 100 to 1000000, the latest",
    ),
    with_default(
        "history.decisions",
        "100000",
        "how many decisions of an account are kept at most",
    ),
    with_default(
        "history.callers",
        "masked",
        "whether callers' numbers are kept `masked`, or `full`, which calls need to be decided again by other lists of callers, and which makes the log personal data",
    ),
    with_default(
        "history.viewers",
        "50",
        "how many may watch the decisions of an account live at an instance, and how many its console",
    ),
    with_default(
        "log.format",
        "pretty",
        "`pretty` for people or `json` for machines",
    ),
    with_default(
        "log.filter",
        "info",
        "what is logged, as `level` or `target=level`, with commas",
    ),
    optional(
        "metrics.listen",
        "127.0.0.1:9464",
        "an address on which `/metrics` is served alone; without it, it is on `listen`",
    ),
    with_default(
        "metrics.agents_seconds",
        "15",
        "how often agents are counted for the metrics; 0 for never",
    ),
    optional(
        "telemetry.otlp_endpoint",
        "http://127.0.0.1:4318",
        "a collector of traces that takes OTLP over HTTP; without it none are sent",
    ),
    with_default(
        "telemetry.service_name",
        "ringmaster",
        "what this service is called in traces",
    ),
    with_default(
        "telemetry.sample_ratio",
        "1",
        "the part of the traces begun here that are sent, from 0 to 1; of others whoever began them decides",
    ),
    optional(
        "accounts.default.keys",
        "a-long-random-key",
        "what the `key` of Exotel's URL may be; several, for rotation; a key that is only compared may be written as its digest, `sha256:…`",
    ),
    optional(
        "accounts.default.keys_file",
        "/run/secrets/keys",
        "a file that holds the keys, one a line",
    ),
    optional(
        "accounts.default.tokens",
        "admin:a-long-random-token",
        "bearer tokens with their role, `admin`, `presence` or `read`, and perhaps a name of 1 to 64 characters that can be seen, `admin(anita):…`: one text with commas, or a list of such texts and of tables of `role`, `name` and `token`; a token may be written as its digest, `sha256:…`",
    ),
    optional(
        "accounts.default.tokens_file",
        "/run/secrets/tokens",
        "a file that holds `role:token` or `role(name):token`, one a line",
    ),
    optional(
        "accounts.default.sources",
        "203.0.113.0/24, 2001:db8::/32",
        "the networks from which Exotel's requests may come; from others 403, also with the right key",
    ),
    optional(
        "accounts.default.api_sources",
        "10.0.0.0/8",
        "the networks from which the account's API may be used",
    ),
    optional(
        "accounts.default.exotel.sid",
        "acme1",
        "the account's SID at Exotel, from its API settings; needed to start calls, with key, token and region",
    ),
    optional(
        "accounts.default.exotel.api_key",
        "a-key-of-exotels",
        "the API key, with which Exotel knows the account",
    ),
    optional(
        "accounts.default.exotel.api_key_file",
        "/run/secrets/api_key",
        "a file that holds the API key",
    ),
    optional(
        "accounts.default.exotel.api_token",
        "a-token-of-exotels",
        "the API token that belongs to the key",
    ),
    optional(
        "accounts.default.exotel.api_token_file",
        "/run/secrets/api_token",
        "a file that holds the API token",
    ),
    optional(
        "accounts.default.exotel.region",
        "mumbai",
        "where Exotel keeps the account, `singapore` or `mumbai`",
    ),
    optional(
        "accounts.default.exotel.base_url",
        "http://127.0.0.1:9000",
        "an address in the place of a region's, such as that of a stand-in",
    ),
    optional(
        "accounts.default.exotel.timeout_ms",
        "30000",
        "the time limit of a question to Exotel, tries again included; 30000 without it",
    ),
    optional(
        "accounts.default.exotel.connect_timeout_ms",
        "5000",
        "the time limit of connecting to Exotel; 5000 without it",
    ),
    optional(
        "accounts.default.exotel.requests_per_minute",
        "200",
        "how many requests all instances together send Exotel for the account, of which looking calls up takes three quarters at most, and half where nobody waits for it; 200 without it",
    ),
    optional(
        "accounts.default.exotel.quiet_after_seconds",
        "120",
        "Exotel is asked about a call that holds an agent for so long without a word; 120 without it",
    ),
];
