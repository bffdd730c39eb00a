//! A decision played through on a snapshot: the same step as the real one, on a copy.

use std::sync::Arc;
use std::time::Duration;

use super::super::offer::{Offer, OfferReply, OfferRequest, Offered};
use super::super::snapshot::Snapshot;
use super::super::sticky::{Binding, Customer};
use super::super::told::Looked;
use super::super::waiting::PassedOver;
use super::traffic::Lines;
use super::{AccountState, Memory};
use crate::clock::Timestamp;
use crate::telephony::CallSid;

/// A copy of an account on which calls can be played through. Time stands still for the agents: presence is as it was
/// when the snapshot was taken. Only for a call can it pass, with [`Rehearsal::wait`].
#[derive(Debug)]
pub struct Rehearsal {
    state: AccountState,
    now: Timestamp,
}

impl Rehearsal {
    /// A copy of what the snapshot shows, in which no call has been answered yet.
    pub fn of(snapshot: &Snapshot) -> Self {
        let state = AccountState {
            agents: snapshot.members().clone(),
            lines: Lines::of(snapshot.traffic()),
            ..AccountState::default()
        };
        Self {
            state,
            now: snapshot.at(),
        }
    }

    /// This agent answered the customer last.
    pub fn was_answered(&mut self, customer: &Customer, binding: Binding) {
        self.state.bindings.bind(customer, binding);
    }

    /// What the store would answer, with the consequences for later offers of this rehearsal, and what it passed over for
    /// the sake of other calls.
    pub fn offer(&mut self, request: &OfferRequest) -> (OfferReply, PassedOver) {
        self.state.decide(request, self.now, Memory::default())
    }

    /// An attempt that was made before the snapshot was taken: whom it rang. The snapshot may show that they are still
    /// held by it.
    pub fn was_offered(&mut self, request: &OfferRequest, destinations: Vec<Offered>) {
        let attempt = self.state.next_attempt(&request.call);
        let offer = Offer {
            at: self.now,
            waited: None,
            attempt,
            last: attempt >= request.dialling.attempts.get() || destinations.is_empty(),
            template: Arc::clone(&request.template),
            replayed: false,
            destinations,
            nobody: None,
            went_back: None,
            looked: Looked::default(),
            ends: Vec::new(),
        };
        self.state.add_past(request, offer, self.now);
    }

    /// The agents as they are by now, after what was played.
    pub fn snapshot(&self) -> Snapshot {
        let members = self.state.agents.values().cloned();
        Snapshot::new(self.now, members)
    }

    /// The call has waited that much longer; for everybody else it is still the same moment.
    pub fn wait(&mut self, call: &CallSid, longer: Duration) {
        self.state.age(call, longer);
    }
}
