//! How Exotel dials the destinations of one answer: rounds of phones, one after the other or together. Pure: what is to
//! happen is worked out before it is played.

use std::time::Duration;

use super::script::Fate;

/// What Exotel reports of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Dial,
    Ringing,
    Answered,
    /// Did somebody talk?
    Terminal {
        talked: bool,
    },
}

/// How a dial or one of its legs ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Answered(Duration),
    NoAnswer,
    Declined,
    Failed,
    Cancelled,
}

/// One event of the leg at a place, at a time counted from the beginning of the dial.
pub(super) type Cue = (Duration, usize, Event);

/// The whole dial of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dial {
    /// In the order of time.
    pub(super) cues: Vec<Cue>,
    /// Those who were dialled, in order.
    pub(super) legs: Vec<(usize, Ending)>,
    /// Who took the call, or who was dialled last.
    pub(super) who: usize,
    pub(super) ending: Ending,
    /// When it was over.
    pub(super) took: Duration,
}

/// Until a phone says that it rings.
const SETTING_UP: Duration = Duration::from_millis(20);

impl Dial {
    /// `fates` by place, `together` phones a round, each for `ring`, while the caller stays.
    pub(super) fn of(fates: &[Fate], together: usize, ring: Duration, patience: Duration) -> Self {
        let mut dial = Self {
            cues: Vec::new(),
            legs: Vec::new(),
            who: 0,
            ending: Ending::NoAnswer,
            took: Duration::ZERO,
        };
        for (round, fates) in fates.chunks(together).enumerate() {
            dial.round(round * together, fates, ring, patience);
            if matches!(dial.ending, Ending::Answered(_) | Ending::Cancelled) {
                break;
            }
        }
        dial.cues.sort_by_key(|(time, ..)| *time);
        dial
    }

    fn round(&mut self, first: usize, fates: &[Fate], ring: Duration, patience: Duration) {
        let begins = self.took;
        let round = Round::of(fates, ring, patience.saturating_sub(begins));
        for (n, fate) in fates.iter().enumerate() {
            if round.winner.is_none_or(|(winner, ..)| winner != n) {
                let (lasts, ending) = round.loser(fate, ring);
                self.leg(first + n, begins, lasts, ending);
                (self.who, self.ending) = (first + n, ending);
            }
        }
        self.took = begins + round.silent;
        if let Some((n, talks)) = round.winner {
            self.answered(first + n, self.took, talks);
            let ending = Ending::Answered(talks);
            self.leg(first + n, begins, round.silent + talks, ending);
            self.took += talks;
        } else if round.is_gone {
            self.ending = Ending::Cancelled;
        }
    }

    fn answered(&mut self, place: usize, at: Duration, talks: Duration) {
        self.cues.push((at, place, Event::Answered));
        (self.who, self.ending) = (place, Ending::Answered(talks));
    }

    fn leg(&mut self, place: usize, begins: Duration, lasts: Duration, ending: Ending) {
        self.cues.push((begins, place, Event::Dial));
        if !matches!(ending, Ending::Failed) && lasts > SETTING_UP {
            self.cues.push((begins + SETTING_UP, place, Event::Ringing));
        }
        let talked = matches!(ending, Ending::Answered(_));
        let terminal = Event::Terminal { talked };
        self.cues.push((begins + lasts, place, terminal));
        self.legs.push((place, ending));
    }
}

/// Phones that ring together, until one is answered, none rings any more or the caller is gone.
struct Round {
    /// When it is over, counted from its beginning.
    silent: Duration,
    is_gone: bool,
    /// Who answered, by place in the round, and for how long they talk.
    winner: Option<(usize, Duration)>,
}

impl Round {
    fn of(fates: &[Fate], ring: Duration, left: Duration) -> Self {
        let answers = fates
            .iter()
            .enumerate()
            .filter_map(|(n, fate)| match *fate {
                Fate::Answers { after, talks } if after < ring => Some((after, n, talks)),
                _ => None,
            });
        let winner = answers.min();
        let silent = match winner {
            Some((after, ..)) => Some(after),
            None => fates.iter().map(|fate| fate.lasts(ring)).max(),
        };
        let silent = silent.unwrap_or(ring).min(left);
        let is_gone = silent == left;
        let winner = winner.filter(|_| !is_gone);
        Self {
            silent,
            is_gone,
            winner: winner.map(|(_, n, talks)| (n, talks)),
        }
    }

    /// How long a phone rings that is not answered, and how that ends.
    fn loser(&self, fate: &Fate, ring: Duration) -> (Duration, Ending) {
        let lasts = fate.lasts(ring);
        let is_ended_by_others = self.is_gone || self.winner.is_some();
        let ending = match fate {
            _ if lasts > self.silent || (lasts == self.silent && is_ended_by_others) => {
                Ending::Cancelled
            }
            Fate::Declines { .. } if lasts < ring => Ending::Declined,
            Fate::Fails { .. } if lasts < ring => Ending::Failed,
            _ => Ending::NoAnswer,
        };
        (lasts.min(self.silent), ending)
    }
}

impl Fate {
    /// How long the phone rings if nobody else matters.
    fn lasts(&self, ring: Duration) -> Duration {
        match *self {
            Self::Answers { after, .. } | Self::Declines { after } | Self::Fails { after } => {
                after.min(ring)
            }
            Self::RingsOut => ring,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: Duration = Duration::from_secs(1);
    const EVER: Duration = Duration::from_hours(1);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn answers(after: u64, talks: u64) -> Fate {
        Fate::Answers {
            after: ms(after),
            talks: ms(talks),
        }
    }

    #[test]
    fn in_turn_the_second_answers_when_the_first_rang_out() {
        let fates = [Fate::RingsOut, answers(100, 300), answers(50, 9)];
        let dial = Dial::of(&fates, 1, RING, EVER);
        let legs = vec![(0, Ending::NoAnswer), (1, Ending::Answered(ms(300)))];
        assert_eq!((dial.legs, dial.who, dial.took), (legs, 1, ms(1_400)));
        let answered = (ms(1_100), 1, Event::Answered);
        assert!(dial.cues.contains(&answered), "{:?}", dial.cues);
    }

    #[test]
    fn together_the_quickest_wins_and_the_others_are_silent_at_once() {
        let fates = [answers(200, 9), answers(100, 300), Fate::RingsOut];
        let dial = Dial::of(&fates, 3, RING, EVER);
        assert_eq!((dial.who, dial.ending), (1, Ending::Answered(ms(300))));
        for loser in [0, 2] {
            let silent = (ms(100), loser, Event::Terminal { talked: false });
            assert!(dial.cues.contains(&silent), "{:?}", dial.cues);
            assert!(dial.legs.contains(&(loser, Ending::Cancelled)));
        }
    }

    #[test]
    fn a_caller_who_leaves_ends_everything() {
        let dial = Dial::of(&[Fate::RingsOut, answers(1, 1)], 1, RING, ms(400));
        assert_eq!((dial.ending, dial.took), (Ending::Cancelled, ms(400)));
        assert_eq!(dial.legs, [(0, Ending::Cancelled)]);
    }

    #[test]
    fn who_declines_or_cannot_be_reached_ends_early() {
        let declines = Fate::Declines { after: ms(70) };
        let dial = Dial::of(&[Fate::Fails { after: ms(30) }, declines], 1, RING, EVER);
        let legs = vec![(0, Ending::Failed), (1, Ending::Declined)];
        assert_eq!((dial.legs, dial.took), (legs, ms(100)));
        assert_eq!(dial.ending, Ending::Declined);
    }
}
