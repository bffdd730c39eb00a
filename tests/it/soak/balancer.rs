//! What stands before the instances, as Exotel's side of the internet does: it asks another one when one does not answer.
//! And the hand that kills them.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use tokio::task::spawn_blocking;

use super::ledger::Moment;
use crate::support::process::ServerProcess;

/// Nobody waits for an answer longer than this.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a dead instance is still asked.
const UNNOTICED: Duration = Duration::from_millis(100);
/// Nothing of what is asked takes so long, but on a machine that is busy with something else.
const SLOW: Duration = Duration::from_millis(500);
/// The server closes a connection that nothing has come over for 5 s; who reuses one must give it up before.
const IDLE: Duration = Duration::from_secs(2);
/// How far a request that failed may be from the kill that it is put down to.
const NEAR: Duration = Duration::from_secs(1);

/// Processes on one store, of which one or the other may be down.
pub(super) struct Balancer {
    started: Instant,
    settings: String,
    rules: Vec<(&'static str, String)>,
    client: Client,
    instances: Vec<RefCell<Option<ServerProcess>>>,
    next: Cell<usize>,
    slowest: Cell<Duration>,
    slow: RefCell<Vec<(Moment, Moment)>>,
    kills: RefCell<Vec<(usize, Moment)>>,
    failures: RefCell<Vec<(usize, Moment, Moment)>>,
    complaints: RefCell<Vec<String>>,
}

/// What was answered, and when.
pub(super) struct Delivered {
    /// When it was tried first.
    pub(super) sent: Moment,
    pub(super) answered: Moment,
    pub(super) instance: usize,
    pub(super) status: u16,
    pub(super) body: String,
}

impl Balancer {
    /// As many instances, with the same settings and the rules of each account.
    pub(super) fn start(
        instances: usize,
        settings: String,
        rules: Vec<(&'static str, String)>,
    ) -> Self {
        let start = |_| RefCell::new(Some(serve(&settings, &rules)));
        Self {
            instances: (0..instances).map(start).collect(),
            started: Instant::now(),
            settings,
            rules,
            client: client(),
            next: Cell::new(0),
            slowest: Cell::default(),
            slow: RefCell::default(),
            kills: RefCell::default(),
            failures: RefCell::default(),
            complaints: RefCell::default(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.started.elapsed()
    }

    /// Sends a request to one instance after the other, until one answers.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        dress: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Delivered {
        let sent = self.now();
        loop {
            let instance = self.next.get() % self.instances.len();
            self.next.set(instance + 1);
            let url = self.instances[instance]
                .borrow()
                .as_ref()
                .map(|up| up.url(path));
            if let Some(url) = url {
                let tried = self.now();
                let request = dress(self.client.request(method.clone(), url));
                match self.ask(request, instance, sent).await {
                    Ok(delivered) => {
                        self.clock(tried, delivered.answered);
                        return delivered;
                    }
                    Err(_died) => {
                        let failure = (instance, tried, self.now());
                        self.failures.borrow_mut().push(failure);
                    }
                }
            }
            assert!(self.now() < sent + PATIENCE, "nobody answers {path}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn clock(&self, sent: Moment, answered: Moment) {
        let took = answered.saturating_sub(sent);
        self.slowest.set(self.slowest.get().max(took));
        if took >= SLOW {
            self.slow.borrow_mut().push((sent, answered));
        }
    }

    async fn ask(
        &self,
        request: RequestBuilder,
        instance: usize,
        sent: Moment,
    ) -> Result<Delivered, reqwest::Error> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let body = response.text().await?;
        Ok(Delivered {
            sent,
            answered: self.now(),
            instance,
            status,
            body,
        })
    }

    /// `SIGKILL`, which is noticed only by those who ask in vain, and after a while a new process in its place.
    pub(super) async fn kill(&self, instance: usize) {
        self.kills.borrow_mut().push((instance, self.now()));
        if let Some(process) = self.instances[instance].borrow_mut().as_mut() {
            process.program.0.kill().unwrap();
        }
        tokio::time::sleep(UNNOTICED).await;
        let process = self.instances[instance].take();
        self.hear_out(process.as_ref());
        let (settings, rules) = (self.settings.clone(), self.rules.clone());
        let reborn = spawn_blocking(move || {
            drop(process);
            serve(&settings, &rules)
        });
        self.instances[instance].replace(Some(reborn.await.unwrap()));
    }

    /// Notes what an instance has warned of.
    fn hear_out(&self, process: Option<&ServerProcess>) {
        let log = process.map(ServerProcess::log).unwrap_or_default();
        let is_grave = |line: &&str| line.contains("\"WARN\"") || line.contains("\"ERROR\"");
        let grave = log.lines().filter(is_grave).map(ToOwned::to_owned);
        self.complaints.borrow_mut().extend(grave);
    }

    /// What the instances have warned of, those that were killed included.
    pub(super) fn complaints(&self) -> Vec<String> {
        for instance in &self.instances {
            self.hear_out(instance.borrow().as_ref());
        }
        self.complaints.take()
    }

    /// How each instance fares now: whether it has ended and how, and the last that it logged.
    pub(super) fn fates(&self) -> String {
        let fate = |instance: &RefCell<Option<ServerProcess>>| {
            let mut instance = instance.borrow_mut();
            let process = instance.as_mut()?;
            let ended = process.program.0.try_wait().unwrap();
            let log = process.log();
            let last: Vec<_> = log.lines().rev().take(5).collect();
            Some(format!("ended: {ended:?}\n{}", last.join("\n")))
        };
        let fates = self.instances.iter().map(fate);
        let said = fates.map(|fate| fate.unwrap_or_else(|| "is being started".to_owned()));
        said.collect::<Vec<_>>().join("\n")
    }

    pub(super) fn kills(&self) -> Vec<(usize, Moment)> {
        self.kills.borrow().clone()
    }

    pub(super) fn retries(&self) -> usize {
        self.failures.borrow().len()
    }

    /// When requests that took suspiciously long were sent and answered.
    pub(super) fn slow(&self) -> Vec<(Moment, Moment)> {
        self.slow.borrow().clone()
    }

    /// The longest time that an answer took.
    pub(super) fn slowest(&self) -> Duration {
        self.slowest.get()
    }

    /// Requests that failed though nobody killed who was asked.
    pub(super) fn unexplained(&self) -> Vec<(usize, Moment, Moment)> {
        let kills = self.kills.borrow();
        let is_unexplained = |(instance, sent, failed): &(usize, Moment, Moment)| {
            let is_near = |(killed, at): &(usize, Moment)| {
                killed == instance && *at + NEAR >= *sent && *at <= *failed + NEAR
            };
            !kills.iter().any(is_near)
        };
        let failures = self.failures.borrow();
        failures
            .iter()
            .filter(|one| is_unexplained(one))
            .copied()
            .collect()
    }
}

fn client() -> Client {
    let client = Client::builder().timeout(PATIENCE).pool_idle_timeout(IDLE);
    client.build().unwrap()
}

fn serve(settings: &str, rules: &[(&'static str, String)]) -> ServerProcess {
    let fill = |folder: &Path| {
        fs::create_dir(folder.join("rules")).unwrap();
        for (account, rules) in rules {
            fs::write(folder.join(format!("rules/{account}.yaml")), rules).unwrap();
        }
    };
    ServerProcess::serve_folder(settings, fill)
}
