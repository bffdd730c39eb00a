//! Whatever comes in, numbers, keys and tokens stay out of what is written down: the log at its most talkative, the documents of
//! errors, and the metrics.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::readme::documented_routes;
use crate::support::desk::rules;
use crate::support::process::ServerProcess;

/// Numbers by the digits that all their forms have in common: of callers, of agents, of customers, of a fixed destination, and of
/// those by which agents are called in their company's systems.
const NUMBERS: [&str; 7] = [
    "9812345678",
    "9812399999",
    "9800012345",
    "9876543210",
    "9811122233",
    "9833344455",
    "9877766655",
];
const SECRETS: [&str; 7] = [
    "kkkk-the-key",
    "kkkk-the-second",
    "tttt-the-admin",
    "tttt-the-desk",
    "xxxx-api-key",
    "xxxx-api-token",
    // As they are sent to Exotel, Base64.
    "eHh4eC1hcGkta2V5",
];
/// What strangers try may be a secret of somebody, or one that is nearly right.
const TRIED: [&str; 2] = ["kkkk-the-kez", "tttt-the-admim"];

fn settings(exotel: &str) -> String {
    format!(
        "log = {{ format = 'json', filter = 'trace,actix_http=trace' }}\n\
        public_url = 'https://connect.example.com'\n\
        workers = 1\n\
        [accounts.default]\n\
        keys = ['kkkk-the-key', 'kkkk-the-second']\n\
        tokens = 'admin(anita):tttt-the-admin,presence:tttt-the-desk'\n\
        [accounts.default.exotel]\n\
        sid = 'acme'\n\
        api_key = 'xxxx-api-key'\n\
        api_token = 'xxxx-api-token'\n\
        base_url = '{exotel}'\n\
        timeout_ms = 2000\n\
        connect_timeout_ms = 1000\n"
    )
}

/// Each way in which people and Exotel write a number.
fn forms(digits: &str) -> [String; 5] {
    [
        format!("+91{digits}"),
        format!("%2B91{digits}"),
        format!("91{digits}"),
        format!("0{digits}"),
        digits.to_owned(),
    ]
}

/// Somebody who asks, and keeps what is said in refusals.
struct Asker {
    server: ServerProcess,
    client: Client,
    refusals: String,
}

impl Asker {
    async fn ask(&mut self, method: &str, path: &str, token: &str, body: &str) -> u16 {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self
            .client
            .request(method, self.server.url(path))
            .bearer_auth(token);
        let request = request
            .header("content-type", "application/json")
            .body(body.to_owned());
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = format!("{:?}", response.headers());
        // A stream of events has no end: only what is refused is of interest.
        let has_an_end = !headers.contains("text/event-stream");
        let text = if has_an_end {
            response.text().await.unwrap()
        } else {
            String::new()
        };
        let said = format!("{headers}\n{text}\n");
        if status >= 400 {
            self.refusals.push_str(&said);
        }
        status
    }

    async fn admin(&mut self, method: &str, path: &str, body: &Value) -> u16 {
        let path = format!("/v1/accounts/default{path}");
        self.ask(method, &path, "tttt-the-admin", &body.to_string())
            .await
    }
}

/// Every route with good and bad credentials, and with numbers wherever something can be written.
async fn every_route(asker: &mut Asker) {
    let body = json!({ "name": "9812345678", "destinations": ["98123456789", "+919812345678x"], "9800012345": 1,
        "to": "+919812399999", "agent": "98000 12345", "from": "9800012345", "by": "9800012345", "status": "9800012345" });
    let bodies = [
        body.to_string(),
        format!("{{ \"to\": \"9812399999\", {body}"),
        "9800012345".to_owned(),
    ];
    for (method, path, _) in documented_routes() {
        let path = path
            .replace("{account}", "default")
            .replace("{name}", "9800012345");
        let path = path
            .replace("{id}", "09812345678")
            .replace("{call}", "x9800012345")
            .replace("{number}", "98000123451");
        for (key, token) in [
            ("kkkk-the-key", "tttt-the-admin"),
            ("kkkk-the-kez", "tttt-the-admim"),
            ("tttt-the-desk", "kkkk-the-second"),
        ] {
            for query in [
                "",
                "&9800012345=1&status=9800012345&CallSid=one&From=09800012345",
                "&From=%ff9800012345&digits=[[[9800012345",
            ] {
                asker
                    .ask(
                        &method,
                        &format!("{path}?key={key}{query}"),
                        token,
                        &bodies[0],
                    )
                    .await;
            }
            for body in &bodies[1..] {
                asker
                    .ask(&method, &format!("{path}?key={key}"), token, body)
                    .await;
            }
        }
    }
}

/// Calls that come in, with what is reported of them, in all forms of numbers.
async fn calls(asker: &mut Asker) {
    for (place, form) in forms("9800012345").iter().enumerate() {
        let call = format!("key=kkkk-the-key&CallSid=call-{place}");
        let fetch = format!(
            "/ccm-programmable-connect?{call}&From={form}&To=01135124157&CustomField={form}"
        );
        assert_eq!(asker.ask("GET", &fetch, "", "").await, 200);
        let whom = &forms("9812345678")[place];
        for event in ["Dial", "Answered", "Terminal", form.as_str()] {
            let report = format!(
                "/exotel/default/events?{call}&EventType={event}&DialWhomNumber={whom}&From={form}"
            );
            assert_eq!(asker.ask("GET", &report, "", "").await, 200);
        }
        let form = form.replace("%2B", "+");
        let callback = json!({ "event_details": { "event_type": form }, "call_details": { "sid": "x1", "to": form, "status": form } });
        let path = format!("/exotel/default/calls?{call}&call=x1");
        assert_eq!(
            asker.ask("POST", &path, "", &callback.to_string()).await,
            200
        );
    }
}

/// All that can be done to agents who are known by their numbers: it comes about, and is written down.
async fn agents_called_by_numbers(asker: &mut Asker, exotel: &MockServer) {
    let placed = r#"{"request_id":"r","method":"POST","http_code":200,"response":{"code":200,"error_data":null,"status":"success","call_details":{"sid":"x9"}}}"#;
    let placed = ResponseTemplate::new(200).set_body_raw(placed, "application/json");
    let ids = [
        "09833344455",
        "asha-9833344455",
        "919833344455",
        "98333-44455",
    ];
    // Each agent's first click is a call; whatever else is asked is refused.
    let calls = u64::try_from(ids.len()).unwrap();
    Mock::given(method("POST"))
        .respond_with(placed)
        .up_to_n_times(calls)
        .with_priority(1)
        .mount(exotel)
        .await;
    for (place, id) in ids.into_iter().enumerate() {
        let agent = json!({ "name": "Asha", "destinations": [format!("sip:desk{place}")], "groups": ["sales"] });
        let agents = format!("/agents/{id}");
        assert_eq!(asker.admin("PUT", &agents, &agent).await, 200);
        let mut listed = agent.clone();
        listed["id"] = json!(id);
        assert_eq!(asker.admin("PUT", "/agents", &json!([listed])).await, 200);
        let available = json!({ "status": "available", "by": "+91 98777 66655 of the desk" });
        let presence = format!("{agents}/presence");
        assert_eq!(asker.admin("PUT", &presence, &available).await, 200);
        let fetch = format!(
            "/ccm-programmable-connect?key=kkkk-the-key&CallSid=rings-{place}&From=09800012345&To=01135124157"
        );
        assert_eq!(asker.ask("GET", &fetch, "", "").await, 200);
        let release = format!("{agents}/release");
        assert_eq!(asker.admin("POST", &release, &json!({})).await, 200);
        let click = json!({ "agent": id, "to": "09812399999" });
        assert_eq!(asker.admin("POST", "/calls", &click).await, 201);
        assert_eq!(asker.admin("POST", "/calls", &click).await, 409);
        assert_eq!(asker.admin("POST", &release, &json!({})).await, 200);
        assert_eq!(asker.admin("DELETE", &agents, &json!({})).await, 204);
    }
}

/// Agents, clicks, questions and bad rules.
async fn administration(asker: &mut Asker) {
    let agent =
        |number: &str| json!({ "name": "Asha", "destinations": [number], "groups": ["sales"] });
    assert_eq!(
        asker
            .admin("PUT", "/agents/asha", &agent("+919812345678"))
            .await,
        200
    );
    assert_eq!(
        asker
            .admin("PUT", "/agents/bilal", &agent("09812345678"))
            .await,
        400
    );
    assert_eq!(
        asker
            .admin(
                "PUT",
                "/agents/asha/presence",
                &json!({ "status": "available" })
            )
            .await,
        200
    );
    for form in forms("9812399999") {
        let click =
            json!({ "agent": "asha", "to": form.replace("%2B", "+"), "custom_field": form });
        assert_eq!(asker.admin("POST", "/calls", &click).await, 502, "{form}");
        let question =
            json!({ "from": form.replace("%2B", "+"), "to": "01135124157", "9812399999": 1 });
        assert_eq!(asker.admin("POST", "/explain", &question).await, 400);
        assert_eq!(
            asker
                .admin("DELETE", &format!("/callers/{form}"), &json!({}))
                .await,
            204
        );
    }
    let bad = rules(1).replace(
        "rules: [",
        "callers: { vip: ['98765432101', '+91 98765 432'] }\n9811122233: 1\nrules: [",
    );
    std::fs::write(asker.server.folder().join("rules/default.yaml"), bad).unwrap();
    assert_eq!(asker.admin("POST", "/rules/reload", &json!({})).await, 422);
}

/// The console's door: right and wrong tokens, what a session shows, and sessions that nobody has.
async fn sessions(asker: &mut Asker) {
    let address = asker.server.url("");
    for token in ["tttt-the-admin", "tttt-the-desk", TRIED[1], TRIED[0]] {
        let request = asker.client.post(asker.server.url("/console/sign-in"));
        let form = format!("account=default&token={token}");
        let request = request.header("origin", &address).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.send().await.unwrap();
        let cookie = response.headers().get("set-cookie").cloned();
        let headers = format!("{:?}", response.headers());
        asker.refusals.push_str(&headers);
        asker.refusals.push_str(&response.text().await.unwrap());
        let Some(cookie) = cookie else { continue };
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
        for path in ["/", "/v1/accounts/default/callers/x"] {
            let request = asker.client.get(asker.server.url(path));
            let response = request.header("cookie", cookie).send().await.unwrap();
            if path != "/" {
                asker.refusals.push_str(&response.text().await.unwrap());
            }
        }
    }
}

#[tokio::test]
async fn nothing_that_is_written_down_has_a_number_or_a_secret_in_it() {
    let exotel = MockServer::start().await;
    let echo = r#"{"http_code":403,"response":{"error_data":{"message":"xxxx-api-key may not call +919812399999"}}}"#;
    let refusal = ResponseTemplate::new(403).set_body_raw(echo, "application/json");
    Mock::given(any())
        .respond_with(refusal)
        .mount(&exotel)
        .await;
    let rules = rules(1).replace(
        "rules: [",
        "callers: { vip: ['+919876543210'] }\n\
        queues: { sales: { agents: { groups: [sales] } } }\n\
        outbound: { virtual_number: '08047182200' }\n\
        rules: [{ name: sales, sticky: { for: 1h }, targets: [{ queue: sales }] }, ",
    );
    let server = ServerProcess::serve(&settings(&exotel.uri()), &rules);
    let mut asker = Asker {
        server,
        client: Client::new(),
        refusals: String::new(),
    };
    agents_called_by_numbers(&mut asker, &exotel).await;
    administration(&mut asker).await;
    calls(&mut asker).await;
    every_route(&mut asker).await;
    sessions(&mut asker).await;
    let metrics = reqwest::get(asker.server.url("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    asker.server.program.terminate();
    asker
        .server
        .program
        .exit_code(std::time::Duration::from_secs(30));
    let log = asker.server.log();
    assert!(
        log.contains("\"decided\"") && log.contains("TRACE"),
        "there is a log, and it says all"
    );
    for told in [
        "\"rings\":\"09xxxxxx455#",
        "\"agent\":\"asha-98xxxxx455#",
        "\"by\":\"+91 98xxx xx655",
    ] {
        assert!(log.contains(told), "{told}");
    }
    let mut found = Vec::new();
    for hidden in NUMBERS.iter().chain(&SECRETS).chain(&TRIED) {
        for (what, text) in [
            ("the log", &log),
            ("a refusal", &asker.refusals),
            ("the metrics", &metrics),
        ] {
            let lines = text.lines().filter(|line| line.contains(hidden));
            found.extend(
                lines
                    .take(3)
                    .map(|line| format!("{hidden} in {what}: {line}")),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
