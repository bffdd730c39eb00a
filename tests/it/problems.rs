//! Everything that the API refuses, once each, with the document that says why.

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use crate::support::flaky::Mood;
use crate::support::server::{TestServer, shown};

async fn answer(
    server: &TestServer,
    method: Method,
    path: &str,
    authorization: Option<&str>,
) -> String {
    let request = server.client.request(method, server.url(path));
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    let response = request.send().await.unwrap();
    let names = ["www-authenticate", "allow"];
    let headers: Vec<_> = names
        .iter()
        .filter_map(|name| response.headers().get(*name))
        .cloned()
        .collect();
    let mut picture = shown(response).await;
    for header in headers {
        picture.push('\n');
        picture.push_str(header.to_str().unwrap());
    }
    picture
}

#[tokio::test]
async fn who_may_not() {
    let server = TestServer::start().await;
    let agents = "/v1/accounts/default/agents";
    assert_snapshot!(answer(&server, Method::GET, agents, None).await, @r#"
    401 application/problem+json
    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"send a token as `Authorization: Bearer <token>`","code":"no-token"}
    Bearer realm="ringmaster"
    "#);
    assert_snapshot!(answer(&server, Method::GET, agents, Some("Basic Ym9zcw==")).await, @r#"
    401 application/problem+json
    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"send a token as `Authorization: Bearer <token>`","code":"no-token"}
    Bearer realm="ringmaster"
    "#);
    assert_snapshot!(answer(&server, Method::GET, agents, Some("Bearer sesame")).await, @r#"
    401 application/problem+json
    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"this token is not known","code":"unknown-token"}
    Bearer realm="ringmaster"
    "#);
    let of_another = answer(&server, Method::GET, agents, Some("Bearer stranger")).await;
    assert_snapshot!(of_another, @r#"
    403 application/problem+json
    {"type":"about:blank","title":"Forbidden","status":403,"detail":"this token is not for this account","code":"wrong-account"}
    "#);
    for account in ["nobody", "No%20One", "other"] {
        let path = format!("/v1/accounts/{account}/agents");
        assert_eq!(
            answer(&server, Method::GET, &path, Some("Bearer boss")).await,
            of_another
        );
    }
}

#[tokio::test]
async fn each_role_reaches_so_far() {
    let server = TestServer::start().await;
    let agent = "/v1/accounts/default/agents/asha";
    assert_snapshot!(answer(&server, Method::DELETE, agent, Some("Bearer desk")).await, @r#"
    403 application/problem+json
    {"type":"about:blank","title":"Forbidden","status":403,"detail":"this needs a token with the role admin","code":"role-too-low"}
    "#);
    let presence = server.api(Method::PUT, "/agents/asha/presence", "desk");
    let by_somebody = json!({ "status": "offline", "by": "anita" });
    let refused = presence.json(&by_somebody).send().await.unwrap();
    assert_snapshot!(shown(refused).await, @r#"
    403 application/problem+json
    {"type":"about:blank","title":"Forbidden","status":403,"detail":"only a token with the role admin may set a status for somebody else: leave out `by`","code":"override-needs-admin"}
    "#);
    let heartbeat = format!("{agent}/heartbeat");
    assert_snapshot!(answer(&server, Method::POST, &heartbeat, Some("Bearer wallboard")).await, @r#"
    403 application/problem+json
    {"type":"about:blank","title":"Forbidden","status":403,"detail":"this needs a token with the role presence","code":"role-too-low"}
    "#);
    assert!(
        answer(&server, Method::POST, &heartbeat, Some("bearer desk"))
            .await
            .starts_with("404")
    );
}

#[tokio::test]
async fn what_is_not_there() {
    let server = TestServer::start().await;
    let boss = Some("Bearer boss");
    assert_snapshot!(answer(&server, Method::GET, "/v1/accounts/default/agents/asha", boss).await, @r#"
    404 application/problem+json
    {"type":"about:blank","title":"Not Found","status":404,"detail":"there is no agent with this id","code":"unknown-agent"}
    "#);
    assert_snapshot!(answer(&server, Method::GET, "/v1/accounts/default/queues/support", boss).await, @r#"
    404 application/problem+json
    {"type":"about:blank","title":"Not Found","status":404,"detail":"the rules name no such queue","code":"unknown-queue"}
    "#);
    assert_snapshot!(answer(&server, Method::GET, "/v1/accounts/default/nothing", boss).await, @r#"
    404 application/problem+json
    {"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing under this path","code":"no-such-path"}
    "#);
    assert_snapshot!(answer(&server, Method::GET, "/v1/nothing", None).await, @r#"
    404 application/problem+json
    {"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing under this path","code":"no-such-path"}
    "#);
    assert_snapshot!(answer(&server, Method::GET, "/nothing", None).await, @r#"
    404 application/problem+json
    {"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing under this path","code":"no-such-path"}
    "#);
    assert_snapshot!(answer(&server, Method::PATCH, "/v1/accounts/default/agents/asha", boss).await, @r#"
    405 application/problem+json
    {"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"this path takes GET, PUT, DELETE","code":"method-not-allowed"}
    GET, PUT, DELETE
    "#);
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let server = TestServer::start().await;
    let agent = json!({
        "nam": "Asha", "destinations": ["98123", "sip:a b", "+919812345678", "09812345678"], "groups": "sales",
        "skills": { "hindi": 11, "": 2 }, "position": 0, "weight": 101, "id": "bilal",
    });
    let response = server.admin(Method::PUT, "/agents/asha", Some(agent)).await;
    assert_snapshot!(crate::support::server::laid_out(response).await, @r#"
    400
    {
      "code": "invalid",
      "detail": "11 fields are not valid",
      "errors": [
        {
          "field": "id",
          "message": "must be left out, or the same as in the path"
        },
        {
          "field": "name",
          "message": "is missing"
        },
        {
          "field": "destinations[0]",
          "message": "this is not a valid number in IN; write it as it is dialled there, or with + and the calling code"
        },
        {
          "field": "destinations[1]",
          "message": "a SIP id is letters, digits and . _ - + ~ only, such as sip:desk1234"
        },
        {
          "field": "destinations[3]",
          "message": "is named twice"
        },
        {
          "field": "groups",
          "message": "must be a list"
        },
        {
          "field": "skills.",
          "message": "must have 1 to 64 letters, digits, '-', '_' or '.', and begin with a letter or a digit"
        },
        {
          "field": "skills.hindi",
          "message": "must be a whole number from 1 to 10"
        },
        {
          "field": "position",
          "message": "must be a whole number from 1 to 9999"
        },
        {
          "field": "weight",
          "message": "must be a whole number from 1 to 100"
        },
        {
          "field": "nam",
          "message": "is not known; did you mean name?"
        }
      ],
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
    let response = server
        .admin(
            Method::GET,
            "/agents?queue=sale&status=away&state=busy&page=2",
            None,
        )
        .await;
    assert_snapshot!(crate::support::server::laid_out(response).await, @r#"
    400
    {
      "code": "invalid",
      "detail": "4 fields are not valid",
      "errors": [
        {
          "field": "queue",
          "message": "the rules name no such queue"
        },
        {
          "field": "status",
          "message": "must be available, on_break or offline"
        },
        {
          "field": "state",
          "message": "must be idle, reserved, ringing, in_call, wrap_up or back_off"
        },
        {
          "field": "page",
          "message": "is not known; known are queue, status, state"
        }
      ],
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_list_in_which_two_share_a_destination_is_refused() {
    let server = TestServer::start().await;
    let list = json!([
        { "id": "asha", "name": "Asha", "destinations": ["9812345678"] },
        { "id": "bilal", "name": "Bilal", "destinations": ["+919812345678"] },
        { "id": "asha", "name": "Asha", "destinations": ["sip:asha"] },
    ]);
    let response = server.admin(Method::PUT, "/agents", Some(list)).await;
    assert_snapshot!(crate::support::server::laid_out(response).await, @r#"
    400
    {
      "code": "invalid",
      "detail": "2 fields are not valid",
      "errors": [
        {
          "field": "[1].destinations",
          "message": "+9198xxxxx678 belongs to both asha and bilal"
        },
        {
          "field": "[2].id",
          "message": "asha is in the list twice, at [0] too"
        }
      ],
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn what_is_no_document() {
    let server = TestServer::start().await;
    let put = |body: String| {
        server
            .api(Method::PUT, "/agents/asha", "boss")
            .body(body)
            .send()
    };
    assert_snapshot!(shown(put("{ name: }".to_owned()).await.unwrap()).await, @r#"
    400 application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the body is not JSON: key must be a string at line 1 column 3","code":"not-json"}
    "#);
    assert_snapshot!(shown(put("[]".to_owned()).await.unwrap()).await, @r#"
    400 application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"1 field is not valid","code":"invalid","errors":[{"field":"","message":"must be an object"}]}
    "#);
    assert_snapshot!(shown(put(" ".repeat(1024 * 1024 + 1)).await.unwrap()).await, @r#"
    413 application/problem+json
    {"type":"about:blank","title":"Payload Too Large","status":413,"detail":"a body has at most 1048576 bytes","code":"body-too-large"}
    "#);
    let many: Vec<_> = (0..1001).map(|n| json!({ "id": n.to_string() })).collect();
    assert_snapshot!(shown(server.admin(Method::PUT, "/agents", Some(json!(many))).await).await, @r#"
    400 application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"1 field is not valid","code":"invalid","errors":[{"field":"","message":"may have at most 1000 agents"}]}
    "#);
}

#[tokio::test]
async fn a_store_that_fails() {
    let server = TestServer::start().await;
    server.store.becomes(Mood::Failing);
    assert_snapshot!(shown(server.admin(Method::GET, "/agents", None).await).await, @r#"
    503 application/problem+json
    {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the store is not available at the moment; try again","code":"store-unavailable"}
    "#);
    server.store.becomes(Mood::Corrupt);
    assert_snapshot!(shown(server.admin(Method::GET, "/agents", None).await).await, @r#"
    500 application/problem+json
    {"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the store holds something unreadable","code":"store-corrupt"}
    "#);
}
