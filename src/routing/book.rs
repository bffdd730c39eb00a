//! An account's rules, compiled for deciding: everything that does not depend on the call is done once, at load time.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::tz::{Offset, TimeZone};

use super::compile::{self, Surroundings, terms_of};
use super::plan::RulePlan;
use crate::clock::Timestamp;
use crate::exotel::{AnswerTemplate, ConnectRequest, Dialect};
use crate::presence::store::View;
use crate::presence::{AgentProfile, Facts, QueueDefinition, QueueTerms};
use crate::rules::{CallFacts, Fallback, QueueName, RuleBook, RuleMatch, RulesVersion};
use crate::telephony::{AccountName, CallSid, Country};

/// The compiled rules of one account. It never changes: a reload makes a new one.
#[derive(Debug)]
pub struct RoutingBook {
    rules: Option<Arc<RuleBook>>,
    /// By the rule's name, one for each side of its split.
    plans: HashMap<Arc<str>, Vec<RulePlan>>,
    /// How long it is remembered who answered a customer.
    bound_for: Option<Duration>,
    no_rule: RulePlan,
    queues: BTreeMap<QueueName, Arc<QueueDefinition>>,
    fallback: Fallback,
    country: Country,
    time_zone: TimeZone,
    heartbeat: Option<Duration>,
    dialect: Dialect,
}

impl RoutingBook {
    /// Compiles rules. What they ask for and cannot have here is logged and left out.
    pub fn new(rules: Arc<RuleBook>, surroundings: &Surroundings) -> Self {
        if surroundings.event_url.is_none() && compile::wants_events(&rules) {
            tracing::warn!(
                "the rules ask for events, which needs the setting public_url and a key: none are asked for"
            );
        }
        let queues = compile::queues(&rules);
        let bound_for = compile::bound_for(&rules);
        let plans = rules
            .rules()
            .iter()
            .map(|rule| {
                (
                    Arc::clone(&rule.name),
                    compile::rule(rule, &rules, &queues, surroundings, bound_for),
                )
            })
            .collect();
        Self {
            plans,
            bound_for,
            no_rule: compile::no_rule(&rules, surroundings),
            queues,
            fallback: rules.fallback().clone(),
            country: rules.country(),
            time_zone: rules.time_zone().clone(),
            heartbeat: rules.presence().heartbeat,
            dialect: rules.dialect(),
            rules: Some(rules),
        }
    }

    /// The book of an account without usable rules: it has no queue, and its fallback rings nobody.
    pub fn without_rules() -> Self {
        const INDIA_STANDARD_TIME_SECONDS: i32 = 19_800;
        Self {
            rules: None,
            plans: HashMap::new(),
            bound_for: None,
            no_rule: RulePlan::nobody(AnswerTemplate::default()),
            queues: BTreeMap::new(),
            fallback: Fallback::Numbers(Vec::new()),
            country: Country::INDIA,
            time_zone: Offset::from_seconds(INDIA_STANDARD_TIME_SECONDS)
                .map_or(TimeZone::UTC, TimeZone::fixed),
            heartbeat: None,
            dialect: Dialect::default(),
        }
    }

    /// What tells these rules from others; `None` without rules.
    pub fn version(&self) -> Option<RulesVersion> {
        self.rules.as_ref().map(|rules| rules.version())
    }

    /// Are there rules at all?
    pub fn has_rules(&self) -> bool {
        self.rules.is_some()
    }

    /// How local numbers are read.
    pub fn country(&self) -> Country {
        self.country
    }

    /// Which applet asks, where a request does not say.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The answer when no decision can be made.
    pub fn fallback(&self) -> &Fallback {
        &self.fallback
    }

    /// The plan of the first rule that takes the call at this moment, or the fallback as a plan when none does.
    pub(super) fn plan(
        &self,
        request: &ConnectRequest,
        call_sid: &CallSid,
        facts: &Facts,
        now: Timestamp,
    ) -> &RulePlan {
        let call = CallFacts {
            call_sid: Some(call_sid),
            dialed: request.dialed.phone(),
            caller: request.caller.phone(),
            digits: given(&facts.digits),
            direction: request.direction.as_deref(),
            custom_field: given(&facts.custom_field),
        };
        self.planned(&call, now).plan
    }

    /// The same for the facts of a call, with the rule that the plan comes from.
    pub(super) fn planned(&self, call: &CallFacts<'_>, now: Timestamp) -> Planned<'_> {
        let found = self.rules.as_ref().and_then(|rules| rules.find(call, now));
        let of_rule = |found: RuleMatch<'_>| self.plans.get(&found.rule.name)?.get(found.side);
        Planned {
            plan: found.and_then(of_rule).unwrap_or(&self.no_rule),
            found,
        }
    }

    /// The plan of a rule, on that side of its split, from 1.
    pub(super) fn plan_of(&self, rule: &str, side: usize) -> Option<&RulePlan> {
        self.plans.get(rule)?.get(side.checked_sub(1)?)
    }

    /// The rules themselves; `None` without any.
    pub(super) fn rules(&self) -> Option<&RuleBook> {
        self.rules.as_deref()
    }

    /// The zone of everything that is a time of day.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The fallback as a plan.
    pub(super) fn no_rule(&self) -> &RulePlan {
        &self.no_rule
    }

    /// The queues by name.
    pub fn queues(&self) -> impl Iterator<Item = (&QueueName, &QueueDefinition)> {
        self.queues.iter().map(|(name, queue)| (name, &**queue))
    }

    /// A queue by its name.
    pub fn queue(&self, name: &str) -> Option<&QueueDefinition> {
        let name = QueueName::parse(name).ok()?;
        self.queues.get(&name).map(|queue| &**queue)
    }

    /// The names of all queues, as the store's traffic has them.
    pub fn queue_names(&self) -> Vec<Arc<str>> {
        self.queues
            .keys()
            .map(|name| name.as_str().into())
            .collect()
    }

    /// How many calls the queue of that name may have together; `None` for any number.
    pub fn max_calls(&self, name: &str) -> Option<NonZeroU16> {
        let name = QueueName::parse(name).ok()?;
        self.rules.as_ref()?.queues().get(&name)?.max_calls
    }

    /// The definition of a queue, shared.
    pub(super) fn definition(&self, name: &QueueName) -> Option<&Arc<QueueDefinition>> {
        self.queues.get(name)
    }

    /// How long it is remembered who answered a customer; `None` where no rule asks.
    pub(super) fn bound_for(&self) -> Option<Duration> {
        self.bound_for
    }

    /// What holds for the calls of the queue of that name together.
    pub fn terms(&self, name: &str) -> Option<QueueTerms> {
        let name = QueueName::parse(name).ok()?;
        let queue = self.rules.as_ref()?.queues().get(&name)?;
        Some(terms_of(queue))
    }

    /// The names of the queues that the agent belongs to.
    pub fn queues_of(&self, profile: &AgentProfile) -> impl Iterator<Item = &QueueName> {
        self.queues
            .iter()
            .filter(|(_, queue)| queue.admits(profile))
            .map(|(name, _)| name)
    }

    /// The definitions that the store must know, each once.
    pub fn definitions(&self) -> Vec<Arc<QueueDefinition>> {
        let mut definitions: Vec<_> = self.queues.values().cloned().collect();
        definitions.sort_by(|one, other| one.id().cmp(other.id()));
        definitions.dedup_by(|one, other| one.id() == other.id());
        definitions
    }

    /// How these rules read an agent at this moment.
    pub fn view(&self, now: Timestamp) -> View {
        let utc_offset_seconds = self.time_zone.to_offset(now.to_jiff()).seconds();
        View {
            heartbeat: self.heartbeat,
            utc_offset_seconds,
        }
    }

    /// A moment in the account's zone, as RFC 3339.
    pub fn local_time(&self, moment: Timestamp) -> String {
        let zoned = moment.to_jiff().to_zoned(self.time_zone.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// What a call comes to: a plan, and the rule whose it is; without one it is the fallback's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned<'book> {
    pub(super) found: Option<RuleMatch<'book>>,
    pub(super) plan: &'book RulePlan,
}

/// The books of all accounts. Taking one is cheap and waits for nobody; whoever has taken one keeps it, whatever comes after.
#[derive(Debug)]
pub struct RoutingBooks {
    books: ArcSwap<BTreeMap<AccountName, Arc<RoutingBook>>>,
    without_rules: Arc<RoutingBook>,
}

impl RoutingBooks {
    /// These accounts have rules; every other has none.
    pub fn new(books: BTreeMap<AccountName, Arc<RoutingBook>>) -> Self {
        Self {
            books: ArcSwap::from_pointee(books),
            without_rules: Arc::new(RoutingBook::without_rules()),
        }
    }

    /// The book of an account at this moment. Take it once for a request.
    pub fn of(&self, account: &AccountName) -> Arc<RoutingBook> {
        let books = self.books.load();
        Arc::clone(books.get(account).unwrap_or(&self.without_rules))
    }

    /// The accounts that have rules at this moment.
    pub fn all(&self) -> Arc<BTreeMap<AccountName, Arc<RoutingBook>>> {
        self.books.load_full()
    }

    /// From now on this is the account's book.
    pub fn put(&self, account: &AccountName, book: &Arc<RoutingBook>) {
        self.books.rcu(|books| {
            let mut books = BTreeMap::clone(books);
            books.insert(account.clone(), Arc::clone(book));
            books
        });
    }
}
