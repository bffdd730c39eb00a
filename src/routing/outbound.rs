//! What the store is asked for a call that we start: one agent, or any of a queue, and how the call will go.

use std::num::NonZeroU8;
use std::sync::LazyLock;
use std::time::Duration;

use super::book::RoutingBook;
use super::compile;
use super::plan::seed;
use crate::clock::Timestamp;
use crate::presence::store::View;
use crate::presence::{Customer, DialNews, Dialling, Facts, Handling, OfferRequest, OfferTarget};
use crate::rules::{MayNotCall, Outbound, QueueName};
use crate::telephony::{AccountName, AgentId, CallSid, PhoneNumber};

/// How a call that we start will go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundDialling {
    /// How long each phone rings, first the agent's.
    pub ring: Duration,
    /// The longest that the call may last once both are there.
    pub longest: Duration,
    /// Time for the network around ringing.
    pub margin: Duration,
    /// What the application gave along; empty for nothing.
    pub custom_field: String,
}

impl RoutingBook {
    /// What the rules say of calls that we start.
    pub fn outbound(&self) -> &Outbound {
        static NOTHING: LazyLock<Outbound> = LazyLock::new(Outbound::default);
        self.rules()
            .map_or_else(|| &*NOTHING, |rules| rules.outbound())
    }

    /// May this customer be called at this moment? Without rules nobody forbids it.
    ///
    /// # Errors
    /// Why not.
    pub fn may_call(&self, customer: PhoneNumber, now: Timestamp) -> Result<(), MayNotCall> {
        self.rules()
            .map_or(Ok(()), |rules| rules.may_call(customer, now))
    }

    /// One agent, who is left alone after a conversation, if the rules say so, and after no other end.
    pub fn target_of_agent(&self, agent: &AgentId) -> OfferTarget {
        let wrap_up = self.outbound().wrap_up.unwrap_or_default();
        OfferTarget {
            handling: Handling {
                wrap_up,
                ..Handling::default()
            },
            ..OfferTarget::agent(agent.clone())
        }
    }

    /// Any ready agent of a queue, treated as the queue says; `None` when the rules have no such queue.
    pub fn target_of_queue(&self, name: &QueueName) -> Option<OfferTarget> {
        let target = compile::target_of_queue(self.rules()?, self.definition(name)?, name)?;
        let wrap_up = self.outbound().wrap_up.unwrap_or(target.handling.wrap_up);
        Some(OfferTarget {
            handling: Handling {
                wrap_up,
                ..target.handling
            },
            ..target
        })
    }

    /// The one step that reserves whoever is rung first.
    pub fn outbound_request(
        &self,
        account: &AccountName,
        call: &CallSid,
        target: OfferTarget,
        dialling: OutboundDialling,
        customer: PhoneNumber,
        view: View,
    ) -> OfferRequest {
        OfferRequest {
            account: account.clone(),
            call: call.clone(),
            progress: String::new(),
            facts: Facts {
                custom_field: dialling.custom_field,
                ..Facts::default()
            },
            targets: [target].into(),
            dialling: Dialling {
                agents: NonZeroU8::MIN,
                at_once: Vec::new(),
                ring: dialling.ring,
                // The customer's phone rings after the agent's. Where nobody knows whether there is a call, the agent is
                // reserved for both.
                margin: dialling.margin.saturating_add(dialling.ring),
                conversation: dialling.longest,
                // A report of the answer may get lost, and a phone that is taken for silent would be rung again.
                reports_answers: false,
                is_outbound: true,
                attempts: NonZeroU8::MIN,
            },
            template: OUTBOUND.into(),
            heartbeat: view.heartbeat,
            utc_offset_seconds: view.utc_offset_seconds,
            told: DialNews::Nothing,
            customer: self.bound_for().map(|bound_for| Customer {
                number: customer,
                bound_for,
                sticky: None,
            }),
            // A name of its own for each click: each draws anew.
            seed: seed(call, ""),
        }
    }
}

/// What stands in the place of an answer's template: there is no answer.
pub(super) const OUTBOUND: &str = "outbound";
