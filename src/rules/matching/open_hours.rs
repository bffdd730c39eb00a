//! Which opening hours are open at the moment of a call, each looked up once at most.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::rules::book::Contents;
use crate::rules::calendar::{Calendar, LocalMoment};

/// The opening hours of a file by number.
#[derive(Debug)]
pub(super) struct HoursIndex {
    zone: TimeZone,
    numbers: HashMap<Arc<str>, u32>,
    calendars: Vec<Arc<Calendar>>,
}

impl HoursIndex {
    pub(super) fn new(contents: &Contents) -> Self {
        Self {
            zone: contents.time_zone.clone(),
            numbers: contents.hours.keys().cloned().zip(0..).collect(),
            calendars: contents.hours.values().cloned().collect(),
        }
    }

    /// The numbers of the hours with these names.
    pub(super) fn numbers_of(&self, names: &[Arc<str>]) -> Vec<u32> {
        let numbers = names.iter().filter_map(|name| self.numbers.get(name));
        numbers.copied().collect()
    }

    pub(super) fn at(&self, now: Timestamp) -> OpenHours<'_> {
        OpenHours {
            index: self,
            now,
            local: OnceCell::new(),
            known: Cell::new(0),
            open: Cell::new(0),
        }
    }
}

/// The opening hours at one moment.
#[derive(Debug)]
pub(super) struct OpenHours<'a> {
    index: &'a HoursIndex,
    now: Timestamp,
    /// The moment on the wall clock: asked for by the first rule with hours, if there is one.
    local: OnceCell<LocalMoment>,
    /// Which of the first 64 have been looked up, bit by bit. Few files have more.
    known: Cell<u64>,
    /// Which of those are open.
    open: Cell<u64>,
}

impl OpenHours<'_> {
    /// Whether the hours with this number are open.
    #[inline]
    pub(super) fn contain(&self, number: u32) -> bool {
        let bit = 1_u64.checked_shl(number).unwrap_or_default();
        if self.known.get() & bit != 0 {
            return self.open.get() & bit != 0;
        }
        let is_open = self.look_up(number);
        self.known.set(self.known.get() | bit);
        if is_open {
            self.open.set(self.open.get() | bit);
        }
        is_open
    }

    fn look_up(&self, number: u32) -> bool {
        let local = self
            .local
            .get_or_init(|| LocalMoment::new(self.now, &self.index.zone));
        usize::try_from(number)
            .ok()
            .and_then(|number| self.index.calendars.get(number))
            .is_some_and(|calendar| calendar.is_open_at(*local))
    }
}
