//! Reserve an agent, have Exotel make the call, and free the agent again when it does not.

use std::time::Duration;

use super::claim::{Claim, Claimed, IdempotencyKey};
use super::failure::{NotReady, NotStarted};
use super::line::Line;
use super::naming::{keep_names, our_id, unique};
use super::request::{ClickToCall, Whom};
use super::terms::Terms;
use crate::exotel::voice::{MakeCall, TimeLimitSeconds};
use crate::presence::store::View;
use crate::presence::{
    DialEnd, DialOutcome, LegEvent, News, Offer, OfferReply, OfferRequest, Report, Store,
};
use crate::routing::{RouterShared, RoutingBook};
use crate::rules::Outbound;
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri, PhoneNumber};
use crate::voice::{Placed, VoiceError};

/// Between the tries to free an agent. One who is not freed is held for as long as two phones ring.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(900),
];

/// Starts calls for one account.
#[derive(Clone, Copy, Debug)]
pub struct Dialer<'a> {
    /// Where agents are reserved.
    pub store: &'a dyn Store,
    /// What tells the time and indexes queues.
    pub shared: &'a RouterShared,
    /// The account.
    pub account: &'a AccountName,
    /// Its rules.
    pub book: &'a RoutingBook,
    /// How they read an agent now.
    pub view: View,
    /// Its way to Exotel.
    pub line: &'a Line,
}

/// A call that Exotel has taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Our name of it.
    pub id: CallSid,
    /// Exotel's.
    pub call: Option<CallSid>,
    /// Who is rung first.
    pub agent: AgentId,
    /// Where.
    pub contact_uri: ContactUri,
    /// The customer.
    pub to: PhoneNumber,
    /// The `ExoPhone` that both see.
    pub virtual_number: PhoneNumber,
}

/// An agent who waits for the phone to ring.
struct Reserved {
    id: CallSid,
    agent: AgentId,
    uri: ContactUri,
}

impl Dialer<'_> {
    /// Starts a call; a request that carries the key of an earlier one gets that one's call. `fingerprint` is what tells the
    /// request from others with its key.
    pub async fn start(
        &self,
        click: &ClickToCall,
        key: Option<&IdempotencyKey>,
        fingerprint: &str,
    ) -> Result<Started, NotStarted> {
        self.start_as(&unique(), click, key, fingerprint).await
    }

    /// The same with a name for the call that the caller vouches for: no call has had it. What is drawn for a call hangs on
    /// its name, so that whoever chooses names can have the same draws again.
    pub async fn start_as(
        &self,
        unique: &str,
        click: &ClickToCall,
        key: Option<&IdempotencyKey>,
        fingerprint: &str,
    ) -> Result<Started, NotStarted> {
        let id = our_id(unique)?;
        let Some(key) = key else {
            return self.call(id, click).await;
        };
        let now = self.shared.clock.now();
        let span = (now, now.plus(self.line.work_lasts()));
        let claim = Claim::of(self.store, self.account, key, fingerprint, click.to, span);
        let claim = match claim.await? {
            Claimed::Done(started) => return Ok(*started),
            Claimed::Ours(claim) => claim,
        };
        let outcome = self.call(id, click).await;
        if let Err(error) = claim.settle(&outcome).await {
            tracing::warn!(account = %self.account, %error, "the outcome of a request with an Idempotency-Key is not kept");
        }
        outcome
    }

    async fn call(&self, id: CallSid, click: &ClickToCall) -> Result<Started, NotStarted> {
        let terms = Terms::of(click, self.book, self.shared.clock.now())?;
        let reserved = self.reserve(id, click, &terms).await?;
        let make = MakeCall {
            agent: reserved.uri.clone(),
            state_management: true,
            customer: click.to,
            virtual_number: terms.virtual_number,
            recording: click.recording.or(self.book.outbound().recording),
            max_time_limit: terms.max_time_limit,
            attempt_time_out: Some(terms.attempt_time_out),
            custom_field: click.custom_field.clone(),
            status_callback: self.line.callbacks(&reserved.id),
        };
        let details = match self.line.client.make_call(&make).await {
            Ok(details) => details,
            Err(error) => return Err(self.not_made(&reserved, error).await),
        };
        let started = Started {
            id: reserved.id,
            call: details.call,
            agent: reserved.agent,
            contact_uri: reserved.uri,
            to: click.to,
            virtual_number: terms.virtual_number,
        };
        self.placed(&started).await;
        Ok(started)
    }

    /// Chooses and reserves in one step, as for a call that comes in.
    async fn reserve(
        &self,
        id: CallSid,
        click: &ClickToCall,
        terms: &Terms,
    ) -> Result<Reserved, NotStarted> {
        let request = self.offer_request(&id, click, terms)?;
        let offer = match self.offer(&request).await {
            Ok(offer) => offer,
            Err(error) => {
                // A store whose answer did not come may have reserved somebody all the same.
                if matches!(error, NotStarted::Store(_)) {
                    self.free(&id, None).await;
                }
                return Err(error);
            }
        };
        match first_agent(&offer) {
            Some((agent, uri)) => Ok(Reserved { id, agent, uri }),
            None => Err(self.not_ready(&click.whom).await?),
        }
    }

    async fn offer(&self, request: &OfferRequest) -> Result<Offer, NotStarted> {
        let mut is_unindexed = false;
        loop {
            match self.store.offer(request).await? {
                OfferReply::Offer(offer) => return Ok(offer),
                OfferReply::Unindexed(_) if !is_unindexed => {
                    is_unindexed = true;
                    self.shared.indexer.round(self.account).await;
                }
                OfferReply::Unindexed(_) | OfferReply::Recall(_) => {
                    return Err(NotStarted::Unindexed);
                }
            }
        }
    }

    fn offer_request(
        &self,
        id: &CallSid,
        click: &ClickToCall,
        terms: &Terms,
    ) -> Result<OfferRequest, NotStarted> {
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let target = match &click.whom {
            Whom::Agent(agent) => self.book.target_of_agent(agent),
            Whom::Queue(queue) => self
                .book
                .target_of_queue(queue)
                .ok_or(NotStarted::UnknownQueue)?,
        };
        let longest = terms
            .max_time_limit
            .map_or(Outbound::LONGEST_CALL, TimeLimitSeconds::get);
        Ok(self.book.outbound_request(
            self.account,
            id,
            target,
            crate::routing::OutboundDialling {
                ring: seconds(terms.attempt_time_out.get()),
                longest: seconds(longest),
                margin: self.line.margin,
                custom_field: click
                    .custom_field
                    .as_ref()
                    .map_or_else(String::new, |text| text.as_str().to_owned()),
            },
            click.to,
            self.view,
        ))
    }

    async fn not_ready(&self, whom: &Whom) -> Result<NotStarted, NotStarted> {
        let id = match whom {
            Whom::Queue(queue) => {
                return Ok(NotStarted::NotReady(NotReady::Queue(queue.to_string())));
            }
            Whom::Agent(id) => id,
        };
        let agent = self.store.agent(self.account, self.view, id).await?;
        Ok(agent.map_or(NotStarted::UnknownAgent, |agent| {
            NotStarted::NotReady(NotReady::Agent(Box::new(agent)))
        }))
    }

    /// Frees the agent where there is surely no call. Where there may be one, the lease goes on: the phone may ring.
    async fn not_made(&self, reserved: &Reserved, error: VoiceError) -> NotStarted {
        if error.placed() == Placed::Unknown {
            return NotStarted::Uncertain(error);
        }
        self.free(&reserved.id, Some(&reserved.uri)).await;
        NotStarted::Refused(error)
    }

    /// Nobody is called for this click: whoever it holds is free. Told again while the store fails.
    async fn free(&self, call: &CallSid, who: Option<&ContactUri>) {
        let end = DialEnd {
            outcome: DialOutcome::Cancelled,
            who: who.cloned(),
            talks: Vec::new(),
        };
        let report = self.report(call, News::End(end));
        let mut pauses = PAUSES.into_iter();
        while let Err(error) = self.store.report(&report).await {
            let Some(pause) = pauses.next().filter(|_| error.is_transient()) else {
                tracing::warn!(account = %self.account, %call, %error, "the agent of a call that is not made stays reserved for a while");
                return;
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// The agent's phone is about to ring, and both names of the call lead to it. Should the store fail here, the call goes
    /// on, and the agent's lease with it.
    async fn placed(&self, started: &Started) {
        let news = News::Leg {
            who: started.contact_uri.clone(),
            event: LegEvent::Dial,
            rang: None,
        };
        let report = self.report(&started.id, news);
        if let Err(error) = self.store.report(&report).await {
            tracing::warn!(account = %self.account, call = %started.id, %error, "the agent of a call is not told of it");
        }
        let Some(call) = &started.call else { return };
        if let Err(error) = keep_names(self.store, self.account, &started.id, call).await {
            tracing::warn!(account = %self.account, call = %started.id, %error, "Exotel's name of a call is not kept");
        }
    }

    fn report(&self, call: &CallSid, news: News) -> Report {
        Report {
            account: self.account.clone(),
            call: call.clone(),
            news,
            utc_offset_seconds: self.view.utc_offset_seconds,
        }
    }
}

fn first_agent(offer: &Offer) -> Option<(AgentId, ContactUri)> {
    let first = offer.destinations.first()?;
    Some((first.agent.clone()?, first.uri.clone()))
}
