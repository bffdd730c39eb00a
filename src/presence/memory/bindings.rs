//! Who answered each customer last, in memory.

use std::collections::{BTreeSet, HashMap};

use super::super::sticky::{Binding, Customer};
use crate::clock::Timestamp;
use crate::telephony::PhoneNumber;

/// The bindings of one account, each forgotten on time.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    by_customer: HashMap<PhoneNumber, Kept>,
    /// In the order in which they expire.
    expiry: BTreeSet<(Timestamp, PhoneNumber)>,
}

#[derive(Debug)]
struct Kept {
    binding: Binding,
    expires: Timestamp,
}

impl Bindings {
    /// The customer goes back to that agent, unless a call that began later has been answered since.
    pub(super) fn bind(&mut self, customer: &Customer, binding: Binding) {
        let number = customer.number;
        if let Some(known) = self.of(number, binding.answered)
            && known.begun > binding.begun
        {
            return;
        }
        let expires = binding.answered.plus(customer.bound_for);
        let kept = Kept { binding, expires };
        if let Some(old) = self.by_customer.insert(number, kept) {
            self.expiry.remove(&(old.expires, number));
        }
        self.expiry.insert((expires, number));
    }

    /// Who answered this customer last.
    pub(super) fn of(&self, customer: PhoneNumber, now: Timestamp) -> Option<&Binding> {
        let kept = self.by_customer.get(&customer)?;
        (now < kept.expires).then_some(&kept.binding)
    }

    /// Forgets who answered this customer last. Was it remembered?
    pub(super) fn forget(&mut self, customer: PhoneNumber) -> bool {
        let Some(kept) = self.by_customer.remove(&customer) else {
            return false;
        };
        self.expiry.remove(&(kept.expires, customer));
        true
    }

    /// Drops what has expired.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        while let Some((expires, customer)) = self.expiry.first().copied() {
            if expires > now {
                return;
            }
            self.expiry.pop_first();
            self.by_customer.remove(&customer);
        }
    }
}
