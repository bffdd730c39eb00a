//! Spans, as a collector of the test's own receives them.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::Method;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::server::TestServer;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A collector, and a service that sends it spans.
async fn traced(more: &str) -> (MockServer, TestServer) {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    let endpoint = collector.uri();
    let settings =
        format!("telemetry = {{ otlp_endpoint = '{endpoint}', service_name = 'calls'{more} }}");
    let server = TestServer::with_settings(&settings, "").await;
    (collector, server)
}

/// What has arrived, after the service has ended and sent what it had.
async fn collected(collector: MockServer, server: TestServer) -> Vec<ExportTraceServiceRequest> {
    server.running.stop().await;
    let requests = collector.received_requests().await.unwrap();
    let batches = requests.iter();
    batches
        .map(|request| ExportTraceServiceRequest::decode(&*request.body).unwrap())
        .collect()
}

fn spans(batches: &[ExportTraceServiceRequest]) -> Vec<Span> {
    let resources = batches.iter().flat_map(|batch| &batch.resource_spans);
    let scopes = resources.flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| scope.spans.clone()).collect()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect()
}

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|one| one.key == name);
    let value = found.and_then(|found| found.value.clone()?.value);
    match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{name}: {other:?}"),
    }
}

async fn fetch(server: &TestServer, traceparent: &str) {
    let query = "CallSid=one&From=09876501234&To=01135124157";
    let url = server.url(&format!("/exotel/default/connect?key=key&{query}"));
    let request = server.client.get(url).header("traceparent", traceparent);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_fetch_is_a_span_of_the_trace_that_it_came_with() {
    let (collector, server) = traced("").await;
    server.agent("asha", "9812345678").await;
    fetch(&server, &format!("00-{TRACE}-b7ad6b7169203331-01")).await;
    let batches = collected(collector, server).await;
    let resource = format!("{:?}", batches[0].resource_spans[0].resource);
    assert!(resource.contains("service.name") && resource.contains("\"calls\""));
    let all = spans(&batches);
    let named = |name: &str| {
        let mut found = all.iter().filter(|span| span.name == name);
        (found.next().unwrap(), found.count())
    };
    let (connect, others) = named("connect");
    assert_eq!(others, 0);
    assert_eq!(hex(&connect.trace_id), TRACE);
    assert_eq!(hex(&connect.parent_span_id), "b7ad6b7169203331");
    assert_eq!(attribute(connect, "ringmaster.rule"), "to sales");
    assert_eq!(attribute(connect, "ringmaster.outcome"), "offered");
    assert_eq!(attribute(connect, "ringmaster.call"), "one");
    for part in ["match", "store"] {
        let (span, _) = named(part);
        assert_eq!(hex(&span.trace_id), TRACE);
        assert_eq!(span.parent_span_id, connect.span_id);
        assert!(span.start_time_unix_nano >= connect.start_time_unix_nano);
        assert!(span.end_time_unix_nano <= connect.end_time_unix_nano);
    }
    let (api, _) = named("PUT /v1/accounts/{account}/agents/{id}");
    assert_eq!(attribute(api, "http.response.status_code"), "200");
    assert_eq!(attribute(api, "ringmaster.account"), "default");
    assert_ne!(hex(&api.trace_id), TRACE);
    let text = format!("{batches:?}");
    for secret in ["9812345678", "9876501234", "key=", "boss"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn whoever_began_a_trace_decides_whether_it_is_sent_else_the_ratio_does() {
    let (collector, server) = traced(", sample_ratio = 0").await;
    fetch(&server, "nonsense").await;
    fetch(&server, &format!("00-{TRACE}-b7ad6b7169203331-00")).await;
    fetch(
        &server,
        "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    .await;
    server
        .api(Method::GET, "/agents", "boss")
        .send()
        .await
        .unwrap();
    let batches = collected(collector, server).await;
    let all = spans(&batches);
    let traces = all.iter().map(|span| hex(&span.trace_id));
    let traces: Vec<_> = traces.collect();
    assert_eq!(traces, ["1af7651916cd43dd8448eb211c80319c"; 3]);
}

#[tokio::test]
async fn nobody_waits_for_a_collector_that_is_not_there() {
    let settings = "telemetry = { otlp_endpoint = 'http://127.0.0.1:9' }";
    let server = TestServer::with_settings(settings, "").await;
    let began = std::time::Instant::now();
    for _ in 0..20 {
        fetch(&server, "").await;
    }
    server.running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(10));
}
