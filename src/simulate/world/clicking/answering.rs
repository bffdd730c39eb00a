//! What the service says of a click has to be what was done.

use std::time::Duration;

use super::super::super::exchange::{Exchange, PlacedCall};
use super::super::super::record::ClickOutcome;
use super::super::super::service::{Clicked, NOT_CONFIGURED, Pace, Service, ServiceError};
use super::super::World;
use super::Answered;
use crate::telephony::AgentId;

/// What a request gets whose twin is being worked on.
const IN_PROGRESS: &str = "in-progress";
/// What is said where nobody knows whether there is a call.
const UNCERTAIN: [&str; 2] = ["call-uncertain", "outcome-unknown"];

impl<S: Service> World<'_, S> {
    /// An answer came. What was placed, the exchange knows: the answer has to say the same.
    pub(super) fn click_is_answered(&mut self, answered: Answered) -> Result<(), ServiceError> {
        let exchange = self.exchange()?;
        let Answered {
            intended,
            field,
            own,
            sent,
            first,
            second,
        } = answered;
        let said = self.said_of(&field, std::iter::once(first).chain(second))?;
        self.only_the_exchange_calls(&exchange, &field, own.as_ref(), &said)?;
        let mut placed = exchange.placed(&field).into_iter();
        let first = placed.next();
        if placed.next().is_some() {
            let what = format!("{field} was asked for once, and Exotel placed two calls");
            self.judge.breach(self.now, what);
        }
        self.compare_click(&field, &said, first.as_ref());
        let Some(placed) = first else {
            self.note_click(
                intended.kind,
                ClickOutcome::NotMade(code_of(&said)),
                Duration::ZERO,
            );
            return Ok(());
        };
        self.agent_rings(&intended, placed, own.as_ref(), sent);
        Ok(())
    }

    /// All that was said of a click. That nothing was is noted.
    fn said_of(
        &mut self,
        field: &str,
        answers: impl Iterator<Item = Result<Clicked, ServiceError>>,
    ) -> Result<Vec<Clicked>, ServiceError> {
        let mut said = Vec::new();
        for outcome in answers {
            match outcome {
                Ok(Clicked::Refused(code)) if code == NOT_CONFIGURED => {
                    return Err(ServiceError::NotConfigured);
                }
                Err(error) if error.ends_the_run() => return Err(error),
                Err(error) => {
                    let what = format!("{field} got no answer: {error}");
                    self.judge.breach(self.now, what);
                }
                Ok(clicked) => said.push(clicked),
            }
        }
        Ok(said)
    }

    /// A running server may have calls started by somebody else than the exchange, and then phones of people ring.
    fn only_the_exchange_calls(
        &self,
        exchange: &Exchange,
        field: &str,
        own: Option<&AgentId>,
        said: &[Clicked],
    ) -> Result<(), ServiceError> {
        if self.service.pace() == Pace::Virtual {
            return Ok(());
        }
        for clicked in said {
            let (is_elsewhere, agent, said) = match clicked {
                Clicked::Started { call, agent, .. } => {
                    let is_here = call
                        .as_ref()
                        .map_or_else(|| exchange.has_heard(field), |sid| exchange.knows(sid));
                    (!is_here, Some(agent), "started")
                }
                Clicked::Refused(code) => {
                    let may_ring = UNCERTAIN.contains(&&**code);
                    (may_ring && !exchange.has_heard(field), own, code.as_str())
                }
            };
            if is_elsewhere {
                let agent = agent.map_or_else(|| "an agent".to_owned(), ToString::to_string);
                let (field, said) = (field.to_owned(), said.to_owned());
                return Err(ServiceError::NotTheExchange { agent, field, said });
            }
        }
        Ok(())
    }

    /// What was said of a click must be what was done.
    fn compare_click(&mut self, field: &str, said: &[Clicked], placed: Option<&PlacedCall>) {
        let is_call = |clicked: &Clicked| matches!(clicked, Clicked::Started { .. });
        let is_started = said.iter().any(is_call);
        for clicked in said {
            let is_right = match (clicked, placed) {
                (Clicked::Started { call, .. }, Some(placed)) => call.as_ref() == Some(&placed.sid),
                (Clicked::Started { .. }, None) => false,
                // Of two equal requests, the other may have made the call.
                (Clicked::Refused(code), Some(_)) => is_started || UNCERTAIN.contains(&&**code),
                (Clicked::Refused(_), None) => true,
            };
            if !is_right {
                let name = placed.map(|placed| &placed.sid);
                let what = format!("{field} was answered {clicked:?}, and Exotel placed {name:?}");
                self.judge.breach(self.now, what);
            }
        }
        let names = said.iter().filter_map(|clicked| match clicked {
            Clicked::Started { id, .. } => Some(id),
            Clicked::Refused(_) => None,
        });
        if names
            .clone()
            .zip(names.skip(1))
            .any(|(one, other)| one != other)
        {
            let what = format!("one click, {field}, got two calls: {said:?}");
            self.judge.breach(self.now, what);
        }
        if let [Clicked::Refused(code)] = said
            && code == IN_PROGRESS
        {
            let what = format!("{field} was sent once, and is said to be in progress");
            self.judge.breach(self.now, what);
        }
    }
}

/// Why there is no call: of two requests, what the one was told that was worked on.
fn code_of(said: &[Clicked]) -> String {
    let codes = said.iter().filter_map(|clicked| match clicked {
        Clicked::Refused(code) => Some(code),
        Clicked::Started { .. } => None,
    });
    let worked_on = codes.clone().find(|code| *code != IN_PROGRESS);
    let code = worked_on.or_else(|| codes.clone().next());
    code.map_or_else(|| "unanswered".to_owned(), Clone::clone)
}
