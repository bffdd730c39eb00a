//! What becomes of each call. It follows from the call's number, so that every run has the same mix.

use std::time::Duration;

/// The numbers that people call from; most call again while they are remembered.
const NUMBERS: usize = 20_000;

/// A call, and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) number: usize,
    /// Whom the last attempt rang, once that is over.
    pub(super) rang: Option<String>,
    /// Has this fetch come before?
    pub(super) repeated: bool,
}

/// What happens after an answer that names somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Exotel reports the talk: who answered, and the end.
    Talk(Duration),
    /// The phone rings out, Exotel reports it and asks again.
    NoAnswer,
    /// The same fetch comes once more.
    Twice,
    /// Nothing is ever heard of it: its agent becomes free when the lease is over.
    Silence,
}

impl Call {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            rang: None,
            repeated: false,
        }
    }

    /// What becomes of it. Only the first attempt rings out, and no fetch comes three times.
    pub(super) fn fate(&self) -> Fate {
        match self.number % 20 {
            0..5 if self.rang.is_none() => Fate::NoAnswer,
            17 | 18 if !self.repeated => Fate::Twice,
            19 => Fate::Silence,
            other => Fate::Talk(Duration::from_millis(300 + 40 * other as u64)),
        }
    }

    fn parameters(&self) -> String {
        format!(
            "key=key&CallSid=steady{:026}&From=0851{:07}&To=01135124157&Direction=incoming",
            self.number,
            6_000_000 + self.number % NUMBERS
        )
    }

    /// The path of a fetch.
    pub(super) fn fetch(&self) -> String {
        let parameters = self.parameters();
        let so_far = match &self.rang {
            None => format!(
                "DialWhomNumber=&DialCallDuration=0&digits=%22{}%22",
                self.number % 3
            ),
            Some(who) => {
                format!(
                    "DialWhomNumber={}&DialCallStatus=no-answer&DialCallDuration=1",
                    encoded(who)
                )
            }
        };
        format!(
            "/ccm-programmable-connect?{parameters}&Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36\
            &CurrentTime=2022-11-10%2012%3A18%3A44&StartTime=2022-11-10%2012%3A18%3A36&{so_far}"
        )
    }

    /// The path of a report of one leg.
    pub(super) fn event(&self, who: &str, event: &str, status: &str) -> String {
        format!(
            "/exotel/default/events?{}&DialWhomNumber={}&EventType={event}&Status={status}",
            self.parameters(),
            encoded(who)
        )
    }
}

fn encoded(who: &str) -> String {
    who.replace('+', "%2B").replace(':', "%3A")
}

/// Whom an answer rings first.
pub(super) fn first_destination(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once("\"contact_uri\":\"")?;
    rest.split('"').next()
}

#[test]
fn calls_end_in_every_way_and_one_that_rang_out_is_answered_next() {
    let fates: Vec<_> = (0..20).map(|number| Call::new(number).fate()).collect();
    let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
    assert_eq!(count(Fate::NoAnswer), 5);
    assert_eq!((count(Fate::Twice), count(Fate::Silence)), (2, 1));
    let again = Call {
        rang: Some("sip:a1".to_owned()),
        ..Call::new(3)
    };
    assert!(matches!(again.fate(), Fate::Talk(_)));
    assert!(again.fetch().contains("DialWhomNumber=sip%3Aa1&"));
    let again = Call {
        repeated: true,
        ..Call::new(17)
    };
    assert!(matches!(again.fate(), Fate::Talk(_)));
}

#[test]
fn the_first_of_an_answer_is_found() {
    let answer = r#"{"destination":[{"contact_uri":"sip:a1"},{"contact_uri":"sip:a2"}]}"#;
    assert_eq!(first_destination(answer), Some("sip:a1"));
    assert_eq!(first_destination(r#"{"destination":[]}"#), None);
}
