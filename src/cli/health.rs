//! `ringmaster health`: is the server well? For a container's health check, where there is no other program to ask with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::TlsConfig;

use super::{Exit, Failure, say};
use crate::settings::Settings;

/// Longer than `/readyz` waits for the store by default, shorter than health checks wait for a program.
const PATIENCE: Duration = Duration::from_secs(3);
/// What either check says is shorter.
const LONGEST_ANSWER_BYTES: u64 = 64 * 1024;

/// Exit codes: 0 the server is well, 1 it is not, 2 it is not clear whom to ask.
#[derive(Debug, Args)]
pub(super) struct HealthArguments {
    /// Ask whether it is alive (/livez), and not whether it is ready for calls (/readyz).
    #[arg(long)]
    live: bool,
    /// The server, such as <http://127.0.0.1:8080>. Without it, the one that listens where the settings say.
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    url: Option<String>,
    /// The settings file. Without it, `ringmaster.toml` is read if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Asks, and says what the server answered.
pub(super) fn health(arguments: &HealthArguments) -> Result<Exit, Failure> {
    let (server, is_own) = if let Some(url) = &arguments.url {
        (server_of(url)?, false)
    } else {
        let settings = Settings::load(arguments.config.as_deref()).map_err(Failure::unusable)?;
        let server = own_server(settings.listen)?;
        match settings.tls.files() {
            Some(_) => (server.replacen("http:", "https:", 1), true),
            None => (server, true),
        }
    };
    let path = if arguments.live { "/livez" } else { "/readyz" };
    let (status, text) = ask(&format!("{server}{path}"), is_own)
        .with_context(|| format!("{server} does not say that it is well"))
        .map_err(|cause| Failure::new(Exit::Findings, cause))?;
    if status == 200 {
        say(text.trim_end())?;
        return Ok(Exit::Fine);
    }
    let cause = anyhow!("{server}{path} answered {status}: {}", text.trim_end());
    Err(Failure::new(Exit::Findings, cause))
}

/// Status and text of the answer.
///
/// Of our own server the certificate is not checked: it is for the name by which others know this machine.
fn ask(url: &str, is_own: bool) -> Result<(u16, String), ureq::Error> {
    // Never through the proxy that the environment may name: what is asked is near.
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().disable_verification(is_own).build())
        .timeout_global(Some(PATIENCE));
    let mut response = Agent::from(config.build()).get(url).call()?;
    let body = response
        .body_mut()
        .with_config()
        .limit(LONGEST_ANSWER_BYTES);
    let text = body.read_to_string()?;
    Ok((response.status().as_u16(), text))
}

/// The address that somebody typed, without what would double the path's slash.
fn server_of(url: &str) -> Result<String, Failure> {
    let is_usable = url.parse::<Uri>().is_ok_and(|uri| {
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        is_http && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()
    });
    if is_usable {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let cause = anyhow!("--url {url} is no server's address; write it as http://127.0.0.1:8080");
    Err(Failure::unusable(cause))
}

/// Where a server that listens on this address is found from the same machine.
fn own_server(listen: SocketAddr) -> Result<String, Failure> {
    if listen.port() == 0 {
        let cause = anyhow!(
            "listen is {listen}, so the system chose the port when the server started; say it with --url"
        );
        return Err(Failure::unusable(cause));
    }
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    Ok(format!("http://{}", SocketAddr::new(ip, listen.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(listen: &str) -> Result<String, String> {
        own_server(listen.parse().unwrap()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_the_loopback_address() {
        assert_eq!(server("0.0.0.0:8080").unwrap(), "http://127.0.0.1:8080");
        assert_eq!(server("[::]:8080").unwrap(), "http://[::1]:8080");
    }

    #[test]
    fn any_other_address_is_asked_as_it_is() {
        assert_eq!(server("10.0.0.11:80").unwrap(), "http://10.0.0.11:80");
        assert_eq!(server("[fd00::1]:8080").unwrap(), "http://[fd00::1]:8080");
    }

    #[test]
    fn a_port_that_the_system_chose_is_not_guessed() {
        assert!(server("127.0.0.1:0").unwrap_err().contains("--url"));
    }

    #[test]
    fn what_is_no_address_of_a_server_is_told_so() {
        for url in [
            "",
            "127.0.0.1:8080",
            "http://",
            "ftp://a",
            "http://a/?key=1",
            "http://a b",
        ] {
            let failure = server_of(url).unwrap_err();
            assert_eq!(failure.exit, Exit::Unusable, "{url}");
        }
        assert_eq!(
            server_of("https://ringmaster:8080/").unwrap(),
            "https://ringmaster:8080"
        );
    }
}
