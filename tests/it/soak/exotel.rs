//! The stand-in for Exotel: fetches, dials what the answer names, reports, and fetches again as the answer says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::balancer::{Balancer, Delivered};
use super::dial::{Dial, Ending, Event};
use super::ledger::{Attempt, Call, News, Report, Terms};
use super::script::{Mishap, Repeat, Script};
use super::tally::Tally;
use super::wire::{self, Form, Progress};
use super::{ACCOUNT_FALLBACK, MARGIN, MOST_ATTEMPTS};

/// How long a caller listens to the message that nobody is free.
const MESSAGE: Duration = Duration::from_millis(400);

/// How long after an answer the same fetch may come once more, when another attempt has begun: half of the time for which
/// Exotel waits, for answers may be slow here.
const WAITED_FOR: Duration = Duration::from_millis(2_500);
/// The same when all that the answer dialled is over, and said to be: within two seconds that was a duplicate.
const UNDER_WAY: Duration = Duration::from_millis(900);

/// The stand-in with its books.
pub(super) struct Exotel {
    pub(super) seed: u64,
    pub(super) balancer: Balancer,
    /// Whose destinations those are.
    pub(super) owners: BTreeMap<String, String>,
    pub(super) ledger: RefCell<BTreeMap<usize, Call>>,
    pub(super) tally: RefCell<Tally>,
}

/// An answer as Exotel reads it.
struct Answer {
    attempt: Attempt,
    body: String,
    goes_on: bool,
    /// Path and query of the event URL.
    events: Option<String>,
}

/// A call under way.
struct Line {
    script: Script,
    progress: Progress,
    reports: JoinSet<()>,
    reported: usize,
    events: Option<String>,
}

impl Exotel {
    /// One call from the first fetch to the last report.
    pub(super) async fn call(self: &Rc<Self>, number: usize) {
        let mut line = Line {
            script: Script::of(self.seed, number),
            progress: Progress::default(),
            reports: JoinSet::new(),
            reported: 0,
            events: None,
        };
        let ending = self.connect(&mut line).await;
        if line.script.has_record
            && let Some(form) = wire::record(&line.script, &line.progress)
        {
            self.report(&mut line, News::End, form);
        }
        while let Some(report) = line.reports.join_next().await {
            report.unwrap();
        }
        self.tally.borrow_mut().calls.push(ending);
    }

    /// The applet: how it ended; `None` when nobody was dialled at all.
    async fn connect(self: &Rc<Self>, line: &mut Line) -> Option<Ending> {
        let (mut previous, mut later) = (None, None);
        for attempt in 1.. {
            assert!(
                attempt <= MOST_ATTEMPTS + 1,
                "{} goes round",
                line.script.sid()
            );
            let form = wire::fetch(&line.script, &line.progress);
            let answer = self.fetch(&line.script, attempt, &form).await;
            self.ask_again(&line.script, later.take(), WAITED_FOR).await;
            let is_same = previous.as_ref() == Some(&answer.body);
            self.enter(line.script.number, &answer, is_same);
            if answer.attempt.rings.is_empty() || is_same {
                sleep(MESSAGE).await;
                break;
            }
            if line.script.repeat(attempt) == Repeat::Later {
                later = Some((form, answer.body.clone(), Instant::now()));
            }
            let ending = self.dial(line, attempt, &answer).await;
            let is_over = matches!(ending, Ending::Answered(_) | Ending::Cancelled);
            if is_over || !answer.goes_on {
                self.ask_again(&line.script, later.take(), UNDER_WAY).await;
                break;
            }
            previous = Some(answer.body);
        }
        line.progress.last.as_ref().map(|(_, ending)| *ending)
    }

    /// Fetches, sometimes from two instances at once: who asks the same gets the same.
    async fn fetch(&self, script: &Script, attempt: usize, form: &Form) -> Answer {
        let one = async || {
            self.send(&connect_path(script), form, script, attempt)
                .await
        };
        let delivered = if script.repeat(attempt) == Repeat::Overlapping {
            let (one, other) = join(one(), one()).await;
            assert_eq!(one.body, other.body, "{} was asked twice", script.sid());
            self.tally.borrow_mut().repeated += 1;
            let answered = one.answered.min(other.answered);
            Delivered { answered, ..one }
        } else {
            one().await
        };
        self.tally.borrow_mut().fetches += 1;
        self.read(script, &delivered)
    }

    /// A fetch that comes once more, late: it still gets what it got, no longer ago than that.
    async fn ask_again(
        &self,
        script: &Script,
        earlier: Option<(Form, String, Instant)>,
        within: Duration,
    ) {
        let recent = earlier.filter(|(.., answered)| answered.elapsed() < within);
        if let Some((form, body, _)) = recent {
            let again = self.send(&connect_path(script), &form, script, 0).await;
            assert_eq!(again.body, body, "{} was asked late", script.sid());
            self.tally.borrow_mut().repeated += 1;
        }
    }

    /// One in ten with a form, the others with a query. Everything must be answered with 200.
    async fn send(&self, path: &str, form: &Form, script: &Script, place: usize) -> Delivered {
        let is_form = script.whim(1_000 + place).in_a_hundred(10);
        let method = if is_form { Method::POST } else { Method::GET };
        let dress = |request: RequestBuilder| {
            if is_form {
                request.form(form)
            } else {
                request.query(form)
            }
        };
        let delivered = self.balancer.send(method, path, dress).await;
        assert_eq!(delivered.status, 200, "{path}: {}", delivered.body);
        delivered
    }

    fn read(&self, script: &Script, delivered: &Delivered) -> Answer {
        let json: Value = serde_json::from_str(&delivered.body).unwrap();
        let uris = json["destination"].as_array().unwrap().iter();
        let uris = uris.map(|entry| entry["contact_uri"].as_str().unwrap().to_owned());
        let rings: Vec<_> = uris
            .map(|uri| (uri.clone(), self.owners.get(&uri).cloned()))
            .collect();
        assert!(
            rings.iter().all(|(uri, _)| uri != ACCOUNT_FALLBACK),
            "{}: a fallback, though the store is well",
            script.sid()
        );
        let seconds = |name: &str| Duration::from_secs(json[name].as_u64().unwrap());
        let parallel = &json["parallel_ringing"];
        let together = parallel["activate"] == true;
        let together = together.then(|| parallel["max_parallel_attempts"].as_u64().unwrap());
        let url = json["call_event_passthru_url"].as_str();
        Answer {
            attempt: Attempt {
                asked: delivered.sent,
                answered: delivered.answered,
                rings,
                terms: Terms {
                    ring: seconds("max_ringing_duration"),
                    margin: MARGIN,
                    conversation: seconds("max_conversation_duration"),
                    together: usize::try_from(together.unwrap_or(1)).unwrap(),
                    answers_reported: script.account == super::script::ACCOUNTS[0],
                },
            },
            goes_on: json["fetch_after_attempt"] == true,
            events: url.map(|url| url.trim_start_matches(super::PUBLIC_URL).to_owned()),
            body: delivered.body.clone(),
        }
    }

    /// Into the ledger. An answer that is the last one once more promises nothing new; that it was asked for counts.
    fn enter(&self, number: usize, answer: &Answer, is_same: bool) {
        let mut attempt = answer.attempt.clone();
        if is_same {
            attempt.rings.clear();
        }
        let mut tally = self.tally.borrow_mut();
        tally.offers += attempt.rings.len();
        tally.same += usize::from(is_same);
        self.ledger
            .borrow_mut()
            .entry(number)
            .or_default()
            .attempts
            .push(attempt);
    }

    /// Plays what the phones of one answer and the caller do.
    async fn dial(self: &Rc<Self>, line: &mut Line, attempt: usize, answer: &Answer) -> Ending {
        let begins = Instant::now();
        let rings = &answer.attempt.rings;
        let terms = answer.attempt.terms;
        let fates: Vec<_> = (0..rings.len())
            .map(|n| line.script.fate(attempt, n))
            .collect();
        let patience = line.script.patience.saturating_sub(line.progress.lasted);
        let dial = Dial::of(&fates, terms.together, terms.ring, patience);
        line.events.clone_from(&answer.events);
        for (at, place, event) in dial.cues {
            sleep_until(begins + at).await;
            self.report_leg(line, &rings[place].0, event, terms.answers_reported);
        }
        sleep_until(begins + dial.took).await;
        let uri = |place: usize| rings[place].0.clone();
        let legs = dial
            .legs
            .iter()
            .map(|(place, ending)| (uri(*place), *ending));
        line.progress.legs.extend(legs);
        line.progress.last = Some((uri(dial.who), dial.ending));
        line.progress.lasted += dial.took;
        dial.ending
    }

    /// Reports one event of a leg, if the answer asks for events and the account has this kind.
    fn report_leg(self: &Rc<Self>, line: &mut Line, who: &str, event: Event, all: bool) {
        let is_extra = matches!(event, Event::Ringing | Event::Answered);
        if line.events.is_none() || (is_extra && !all) {
            return;
        }
        let mut dice = line.script.whim(200 + line.reported);
        let form = wire::event(&line.script, who, event, &mut dice);
        self.report(line, News::Leg(who.to_owned(), event), form);
    }

    /// Sends a report on its way, with what happens to it there.
    fn report(self: &Rc<Self>, line: &mut Line, news: News, form: Form) {
        let path = match (&line.events, &news) {
            (Some(path), News::Leg(..)) => path.clone(),
            _ => format!("/exotel/{}/events?key=key", line.script.account),
        };
        line.reported += 1;
        let mishap = line.script.mishap(line.reported);
        self.tally.borrow_mut().report(mishap);
        let (first, again) = match mishap {
            Mishap::Lost => return,
            Mishap::None => (Duration::ZERO, None),
            Mishap::Late(later) => (later, None),
            Mishap::Doubled(later) => (Duration::ZERO, Some(later)),
        };
        let (own, script, place) = (Rc::clone(self), line.script.clone(), line.reported);
        line.reports.spawn_local(async move {
            sleep(first).await;
            own.deliver(&script, &path, &form, &news, place).await;
            if let Some(later) = again {
                sleep(later).await;
                own.deliver(&script, &path, &form, &news, place).await;
            }
        });
    }

    async fn deliver(&self, script: &Script, path: &str, form: &Form, news: &News, place: usize) {
        let delivered = self.send(path, form, script, place).await;
        let report = Report {
            news: news.clone(),
            sent: delivered.sent,
            answered: delivered.answered,
            instance: delivered.instance,
        };
        let mut ledger = self.ledger.borrow_mut();
        ledger
            .entry(script.number)
            .or_default()
            .reports
            .push(report);
    }
}

fn connect_path(script: &Script) -> String {
    format!("/exotel/{}/connect?key=key", script.account)
}
