//! Exotel's side: fetches at fixed moments, and what it reports of them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep, sleep_until};

use super::calls::{Call, Fate, first_destination};
use super::connection::{Connection, get};
use super::{FALLBACK, LATE};

/// Connections for fetches, and for reports.
const LANES: usize = 32;
const REPORTERS: usize = 8;
/// How long a phone rings that nobody answers: as the rules say.
const RINGS: Duration = Duration::from_secs(1);
/// How often it is looked which fetches are due.
const TICK: Duration = Duration::from_millis(2);
/// Not more than so many in a thousand may go wrong where the rate is to be shown.
const IN_A_THOUSAND: u64 = 10;
/// A run of this length shows the rate.
const LONG: Duration = Duration::from_mins(10);
/// A short one is about memory and descriptors, on a machine that may be busy with something else: so many in a thousand may
/// be late or not asked in time, but what is answered is a decision.
const WHEN_SHORT: u64 = 200;

/// What was asked, and what came of it.
pub(super) struct Traffic {
    pub(super) address: SocketAddr,
    rate: u64,
    next: Cell<usize>,
    again: RefCell<VecDeque<Call>>,
    reports: RefCell<Vec<UnboundedSender<String>>>,
    pub(super) answered: Cell<u64>,
    in_time: Cell<u64>,
    late: Cell<u64>,
    slowest: Cell<Duration>,
    told: Cell<usize>,
    nobody: Cell<u64>,
    fallbacks: Cell<u64>,
    pub(super) others: Cell<u64>,
    pub(super) failures: RefCell<Vec<String>>,
}

impl Traffic {
    pub(super) fn new(address: SocketAddr, rate: u64) -> Self {
        Self {
            address,
            rate,
            next: Cell::new(0),
            again: RefCell::default(),
            reports: RefCell::default(),
            answered: Cell::new(0),
            in_time: Cell::new(0),
            late: Cell::new(0),
            slowest: Cell::default(),
            told: Cell::new(0),
            nobody: Cell::new(0),
            fallbacks: Cell::new(0),
            others: Cell::new(0),
            failures: RefCell::default(),
        }
    }

    /// Begins: what it returns ends when all fetches of that time have been answered.
    pub(super) fn begin(self: &Rc<Self>, begun: Instant, lasting: Duration) -> Vec<JoinHandle<()>> {
        for _ in 0..REPORTERS {
            let (sender, receiver) = unbounded_channel();
            self.reports.borrow_mut().push(sender);
            spawn_local(Rc::clone(self).report(receiver));
        }
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..LANES).map(|_| unbounded_channel()).unzip();
        let mut tasks = vec![spawn_local(keep_time(senders, self.rate, begun, lasting))];
        for receiver in receivers {
            tasks.push(spawn_local(Rc::clone(self).fetch(receiver, begun, lasting)));
        }
        tasks
    }

    async fn fetch(
        self: Rc<Self>,
        mut due: UnboundedReceiver<Instant>,
        begun: Instant,
        lasting: Duration,
    ) {
        let mut connection = Connection::new(self.address);
        while let Some(moment) = due.recv().await {
            let again = self.again.borrow_mut().pop_front();
            let call = again.unwrap_or_else(|| Call::new(self.next.replace(self.next.get() + 1)));
            let outcome = match connection.ask(&get(&call.fetch())).await {
                Ok(reply) if reply.status == 200 => {
                    Ok(first_destination(reply.body).map(str::to_owned))
                }
                Ok(reply) => Err(format!("{} {}", reply.status, reply.body)),
                Err(error) => Err(error.to_string()),
            };
            self.count(moment.elapsed(), begun.elapsed() <= lasting);
            match outcome {
                Ok(who) => self.follow(call, who),
                Err(error) => self.failures.borrow_mut().push(error),
            }
        }
    }

    fn count(&self, took: Duration, in_time: bool) {
        bump(&self.answered);
        if in_time {
            bump(&self.in_time);
        }
        if took > LATE {
            bump(&self.late);
        }
        self.slowest.set(self.slowest.get().max(took));
    }

    /// Lets happen what becomes of a call.
    fn follow(self: &Rc<Self>, call: Call, who: Option<String>) {
        match who {
            None => bump(&self.nobody),
            Some(who) if who == FALLBACK => bump(&self.fallbacks),
            Some(who) => drop(spawn_local(Rc::clone(self).happen(call, who))),
        }
    }

    async fn happen(self: Rc<Self>, call: Call, who: String) {
        match call.fate() {
            Fate::Silence => {}
            Fate::Twice => {
                sleep(Duration::from_millis(20)).await;
                let repeated = true;
                self.again.borrow_mut().push_back(Call { repeated, ..call });
            }
            Fate::NoAnswer => {
                sleep(RINGS).await;
                self.tell(call.event(&who, "Terminal", "free"));
                let rang = Some(who);
                self.again.borrow_mut().push_back(Call { rang, ..call });
            }
            Fate::Talk(lasting) => {
                sleep(Duration::from_millis(100)).await;
                if call.number.is_multiple_of(3) {
                    self.tell(call.event(&who, "Answered", "busy"));
                }
                sleep(lasting).await;
                let end = call.event(&who, "Terminal", "free");
                self.tell(format!("{end}&DialCallStatus=completed&DialCallDuration=1"));
            }
        }
    }

    fn tell(&self, path: String) {
        let reports = self.reports.borrow();
        let turn = self.told.replace(self.told.get() + 1) % REPORTERS;
        reports[turn].send(path).unwrap();
        bump(&self.others);
    }

    async fn report(self: Rc<Self>, mut paths: UnboundedReceiver<String>) {
        let mut connection = Connection::new(self.address);
        while let Some(path) = paths.recv().await {
            self.expect_good(&mut connection, &get(&path)).await;
        }
    }

    /// Asks something besides, which must work too.
    pub(super) async fn expect_good(&self, connection: &mut Connection, request: &str) {
        let wrong = match connection.ask(request).await {
            Ok(reply) if (200..300).contains(&reply.status) => return,
            Ok(reply) => format!("{} {}", reply.status, reply.body),
            Err(error) => error.to_string(),
        };
        let line = request.lines().next().unwrap_or_default();
        self.failures.borrow_mut().push(format!("{line}: {wrong}"));
    }

    /// What there was to see.
    pub(super) fn summary(&self, lasting: Duration) -> String {
        format!(
            "{} fetches in {lasting:?}, {} a second in time; {} late, the slowest {:?}; {} with nobody free, {} fallbacks; \
            {} other requests; {} failed",
            self.answered.get(),
            self.in_time.get() / lasting.as_secs(),
            self.late.get(),
            self.slowest.get(),
            self.nobody.get(),
            self.fallbacks.get(),
            self.others.get(),
            self.failures.borrow().len()
        )
    }

    /// What was not as it should be.
    pub(super) fn complaints(&self, lasting: Duration) -> Vec<String> {
        let wanted = self.rate * lasting.as_secs();
        let in_a_thousand = if lasting < LONG {
            WHEN_SHORT
        } else {
            IN_A_THOUSAND
        };
        let allowed = wanted * in_a_thousand / 1_000;
        let mut wrong = Vec::new();
        if self.in_time.get() + allowed < wanted {
            wrong.push(format!(
                "{} of {wanted} fetches were answered in this time",
                self.in_time.get()
            ));
        }
        let seldom = wanted * IN_A_THOUSAND / 1_000;
        for (what, count, allowed) in [
            ("were late", &self.late, allowed),
            ("had nobody free", &self.nobody, allowed),
            ("were fallbacks", &self.fallbacks, seldom),
        ] {
            if count.get() > allowed {
                wrong.push(format!("{} answers {what}", count.get()));
            }
        }
        wrong.extend(self.failures.borrow().iter().take(10).cloned());
        wrong
    }
}

fn bump(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// Hands out fetches in turns at the moments when they are due.
async fn keep_time(
    lanes: Vec<UnboundedSender<Instant>>,
    rate: u64,
    begun: Instant,
    lasting: Duration,
) {
    let pause = Duration::from_secs(1) / u32::try_from(rate).unwrap();
    let (mut due, mut turn) = (begun, lanes.iter().cycle());
    while due < begun + lasting {
        while due <= Instant::now() && due < begun + lasting {
            turn.next().unwrap().send(due).unwrap();
            due += pause;
        }
        sleep_until((Instant::now() + TICK).into()).await;
    }
}
