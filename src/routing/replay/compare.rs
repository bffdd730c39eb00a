//! One answer, by the rules that are tried.

use std::num::NonZeroU8;
use std::time::Duration;

use super::document::{Comparison, Verdict, then, untold};
use super::facts::{self, Written};
use super::{Replay, decided_at};
use crate::clock::Timestamp;
use crate::presence::{Binding, Past, Strategy};
use crate::routing::explain::document::{Reason, RingsStep, TargetStep};
use crate::routing::explain::{Explanation, PastAttempt, PastCall, Question, explain};
use crate::routing::log::entry::DecisionEntry;
use crate::rules::{Rule, RuleBook};
use crate::telephony::AgentId;

impl Replay<'_> {
    pub(super) fn compare(
        &mut self,
        call: &PastCall,
        decision: &DecisionEntry,
        earlier: &[PastAttempt],
        past: &Past,
    ) -> Comparison {
        match self.played(call, decision, earlier, past) {
            Ok(explanation) => {
                let comparison = judged(call, decision, &explanation);
                match self.doubt(decision, &comparison, &explanation) {
                    Some(why) => untold(call, decision, why),
                    None => comparison,
                }
            }
            Err(why) => untold(call, decision, why),
        }
    }

    /// What would have been answered; or why that can't be told.
    fn played(
        &mut self,
        call: &PastCall,
        decision: &DecisionEntry,
        earlier: &[PastAttempt],
        past: &Past,
    ) -> Result<Explanation, String> {
        if decision.outcome.starts_with("fallback-") && decision.outcome != "fallback-no-rule" {
            return Err(format!("then no decision was made ({})", decision.outcome));
        }
        let at = decided_at(decision).ok_or("the log does not say when it was")?;
        let snapshot = past.before(at, &call.call);
        let snapshot = snapshot.ok_or("what agents were then is not kept")?;
        let question = self.question(call, decision, earlier, at)?;
        let explanation = explain(self.book, &question, &snapshot);
        if let Written::Masked(mask, _) = Written::read(&decision.caller) {
            let taker = explanation.rule.as_deref();
            let unsure = self.listed.unsure(mask, &question.facts(), taker, at);
            if let Some(rule) = unsure {
                return Err(format!(
                    "rule \"{}\" asks who calls, and the log has only {mask}",
                    rule.name
                ));
            }
        }
        self.all_known(&explanation, past, at)?;
        self.note(&explanation);
        self.had_to_wait(decision, &explanation)?;
        Ok(explanation)
    }

    fn question(
        &mut self,
        call: &PastCall,
        decision: &DecisionEntry,
        earlier: &[PastAttempt],
        at: Timestamp,
    ) -> Result<Question, String> {
        let rules = self.book.rules();
        let (dialed, is_taken_for) = facts::dialed(rules, decision)?;
        if is_taken_for {
            self.notes.insert("Numbers that were called are masked in the log: each is taken for the one in the rules that looks the same.".to_owned());
        }
        let all = || rules.into_iter().flat_map(RuleBook::rules);
        let digits = all().flat_map(|rule: &Rule| rule.when.digits.named());
        let fields = all().flat_map(|rule: &Rule| rule.when.custom_field.named());
        let text = |text: Option<&str>| text.map(str::to_owned);
        let attempt = u8::try_from(earlier.len()).unwrap_or(u8::MAX);
        Ok(Question {
            account: call.account.clone(),
            call: Some(call.call.clone()),
            caller: Written::read(&decision.caller).number(),
            dialed,
            direction: decision.direction.clone(),
            digits: text(facts::text(&decision.digits, digits.map(|one| &**one))),
            custom_field: text(facts::text(
                &decision.custom_field,
                fields.map(|one| &**one),
            )),
            at,
            attempt: NonZeroU8::MIN.saturating_add(attempt),
            waiting: decision.waited_ms.map(Duration::from_millis),
            last_answered: last_answered(decision, at),
            earlier: earlier.to_vec(),
        })
    }

    /// Is it known of all agents of the open queues what they were?
    fn all_known(
        &self,
        explanation: &Explanation,
        past: &Past,
        at: Timestamp,
    ) -> Result<(), String> {
        let open = explanation.targets.iter().filter(|target| target.open);
        let mut queues = open.filter_map(|target| self.book.queue(target.queue.as_ref()?));
        let unknown = queues.find_map(|queue| past.unknown_in(queue, at).first().copied().cloned());
        match unknown {
            Some(agent) => Err(format!("what {agent} was then is not known")),
            None => Ok(()),
        }
    }

    /// Why a difference may come from what is not known of that time, and not from the rules.
    fn doubt(
        &self,
        decision: &DecisionEntry,
        comparison: &Comparison,
        now: &Explanation,
    ) -> Option<String> {
        if comparison.verdict == Verdict::Same {
            return None;
        }
        let version = self.book.version().map(|version| version.to_string());
        if version.is_some() && decision.rules_version.as_deref() == version.as_deref() {
            return Some("these are the rules that answered it, and by what is known of that time it would have come out otherwise: not all of what decided then is kept".to_owned());
        }
        // Whom no open queue has would not be rung, whatever other calls had.
        let open = || now.targets.iter().filter(|target| target.open);
        let has = |agent: &str| {
            open()
                .flat_map(|target| &target.agents)
                .any(|step| step.id.as_str() == agent)
        };
        let mut rung = decision
            .rings
            .iter()
            .filter_map(|ring| ring.agent.as_deref());
        if rung.any(|agent| !has(agent)) {
            return None;
        }
        let rang_through = |target: &TargetStep| {
            let mut rings = decision.rings.iter();
            let name = target.queue.as_deref();
            target.used || rings.any(|ring| name.is_some() && ring.queue.as_deref() == name)
        };
        let mut targets = now.targets.iter();
        let queue = targets.find(|target| rang_through(target) && self.has_terms(target))?;
        let name = queue.queue.as_deref().unwrap_or_default();
        (comparison.verdict == Verdict::Changed).then(|| {
            format!("queue {name} has max_calls or fairness, and which other calls it had then is not kept")
        })
    }

    /// Do other calls of the target's queue count?
    fn has_terms(&self, target: &TargetStep) -> bool {
        let terms = target.queue.as_ref().and_then(|name| self.book.terms(name));
        terms.is_some_and(|terms| terms.max_calls.is_some() || terms.oldest_first)
    }

    /// What the rules ask for and is not kept.
    fn note(&mut self, explanation: &Explanation) {
        if explanation
            .targets
            .iter()
            .any(|target| target.queue.is_some())
        {
            self.notes
                .insert("Groups, skills and names of agents are those of now.".to_owned());
        }
        if explanation.sticky.is_some() {
            self.notes.insert("The rules ask who answered the caller last (sticky): that is known only where the rules of then asked too and the caller got that agent.".to_owned());
        }
        for target in &explanation.targets {
            let Some(terms) = target.queue.as_ref().and_then(|name| self.book.terms(name)) else {
                continue;
            };
            let name = &terms.name;
            if terms.max_calls.is_some() {
                self.notes.insert(format!("Queue {name} has a cap (max_calls): how many calls it had then is not kept, so it is taken to have had room; where that makes a difference it is untold."));
            }
            if terms.oldest_first {
                self.notes.insert(format!("Queue {name} keeps agents for calls that have waited longer (fairness): who waited then is not kept, so nobody was kept; where that makes a difference it is untold."));
            }
            if target.strategy == Some(Strategy::Random) {
                self.notes.insert(format!("Queue {name} is drawn at random: another agent of it who was ready counts as the same."));
            }
        }
    }

    /// Then other calls kept it from being answered, and by the rules that are tried they might have as well.
    fn had_to_wait(&self, decision: &DecisionEntry, now: &Explanation) -> Result<(), String> {
        let has_terms = |target: &TargetStep| self.has_terms(target);
        let is_asked = now.sticky.is_some() || now.targets.iter().any(has_terms);
        match decision.why.as_deref() {
            Some(why @ ("cap" | "waiting")) if is_asked && !now.rings.is_empty() => Err(format!(
                "then nobody was rung because of other calls or of the caller's last one ({why}), which is not kept"
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// What is different, if anything.
fn judged(call: &PastCall, decision: &DecisionEntry, now: &Explanation) -> Comparison {
    let plain = then(call, decision);
    let rings_now: Vec<String> = now.rings.iter().map(name).collect();
    let is_same = rings_now == plain.rings_then || is_redrawn(&plain.rings_then, now);
    let is_same_rule = plain.rule_then == now.rule;
    let verdict = match (is_same, is_same_rule) {
        (true, true) => Verdict::Same,
        (true, false) => Verdict::OtherRule,
        (false, _) => Verdict::Changed,
    };
    Comparison {
        verdict,
        rule_now: now.rule.clone(),
        rings_now,
        why: match verdict {
            Verdict::Same => String::new(),
            Verdict::OtherRule | Verdict::Changed | Verdict::NotComparable | Verdict::Untold => {
                why(&plain, now)
            }
        },
        ..plain
    }
}

/// The agent of the caller's last call, where the caller got that agent.
fn last_answered(decision: &DecisionEntry, at: Timestamp) -> Option<Binding> {
    let first = decision
        .rings
        .first()
        .filter(|_| decision.sticky == Some(true))?;
    Some(Binding {
        agent: AgentId::parse(first.agent.as_ref()?).ok()?,
        begun: at.minus(Duration::from_millis(1)),
        answered: at.minus(Duration::from_millis(1)),
    })
}

fn name(ring: &RingsStep) -> String {
    match &ring.agent {
        Some(agent) => agent.to_string(),
        None => ring.contact_uri.masked().to_string(),
    }
}

/// Who rang then might have been drawn as well.
fn is_redrawn(then: &[String], now: &Explanation) -> bool {
    let could_ring = |id: &String| {
        let drawn = now
            .targets
            .iter()
            .filter(|target| target.used && target.strategy == Some(Strategy::Random));
        let mut agents = drawn.flat_map(|target| &target.agents);
        agents.any(|agent| {
            agent.id.as_str() == id && matches!(agent.reason, Reason::Chosen | Reason::Enough)
        })
    };
    then.len() == now.rings.len() && then.iter().all(could_ring)
}

/// What is different, and why: the words of the explanation, and of each who rang then what keeps them from it now.
fn why(then: &Comparison, now: &Explanation) -> String {
    let mut why = now.summary.clone();
    for id in then
        .rings_then
        .iter()
        .filter(|id| !now.rings.iter().any(|ring| name(ring) == **id))
    {
        let mut agents = now.targets.iter().flat_map(|target| &target.agents);
        if let Some(step) = agents.find(|agent| agent.id.as_str() == id) {
            why = format!("{why} {id}: {}.", step.why);
        }
    }
    why
}
