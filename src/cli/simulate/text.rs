//! The outcome for people: tables, with a column for each set of rules.

use std::fmt;
use std::time::Duration;

use super::{Played, Simulation};
use crate::simulate::SimulationReport;
use crate::simulate::report::{AgentFigures, CallFigures};

/// More agents than these are for programs to look at.
const MOST_AGENTS: usize = 30;

/// What came of a simulation, ready to be shown.
pub(super) struct Text<'a>(pub(super) &'a Simulation);

/// What a line says of some calls.
type Line = (&'static str, fn(&CallFigures) -> String);

const TOTAL: [Line; 9] = [
    ("answered", |figures| {
        counted(figures.answered, figures.calls)
    }),
    ("abandoned", |figures| {
        counted(figures.abandoned, figures.calls)
    }),
    ("nobody free, and the flow went on", |figures| {
        counted(figures.nobody, figures.calls)
    }),
    ("rang, and nobody answered", |figures| {
        counted(figures.unanswered, figures.calls)
    }),
    ("answered by a fixed number", |figures| {
        counted(figures.answered_elsewhere, figures.calls)
    }),
    ("average speed of answer", |figures| {
        figures
            .average_speed_of_answer
            .map_or_else(none, in_seconds)
    }),
    ("longest wait", |figures| {
        in_seconds(figures.longest_wait.as_secs_f64())
    }),
    ("attempts per call", |figures| {
        figures.attempts_per_call.map_or_else(none, two_places)
    }),
    ("fetches per call", |figures| {
        figures.fetches_per_call.map_or_else(none, two_places)
    }),
];

impl Text<'_> {
    /// The heads of the columns, where there are several.
    fn heads(&self) -> Vec<String> {
        let played = &self.0.played;
        if played.len() < 2 {
            return Vec::new();
        }
        played.iter().map(|played| played.rules.clone()).collect()
    }

    fn cells(&self, cell: impl Fn(&Played) -> String) -> Vec<String> {
        self.0.played.iter().map(cell).collect()
    }

    fn total(&self) -> Table {
        let mut table = Table::new("", self.heads());
        table.line(
            "calls",
            self.cells(|run| run.report.total.calls.to_string()),
        );
        for (name, cell) in TOTAL {
            table.line(name, self.cells(|run| cell(&run.report.total)));
        }
        table.line(
            "phones that rang out",
            self.cells(|run| run.report.missed().to_string()),
        );
        if self.0.played.iter().any(|run| run.report.engaged > 0) {
            table.line(
                "phones dialled while in a call, for want of reports",
                self.cells(|run| run.report.engaged.to_string()),
            );
        }
        let within = self
            .0
            .played
            .first()
            .map(|run| run.report.service_level_within);
        table.line(
            &format!("service level, {}", short(within.unwrap_or_default())),
            self.cells(|run| run.report.total.service_level.map_or_else(none, percent)),
        );
        table
    }

    fn arrivals(&self) -> Table {
        let heads = ["calls", "answered", "abandoned", "speed", "level"];
        let mut table = Table::new("calls", self.repeated(&heads));
        let first = self.0.played.first();
        for (place, kind) in first
            .iter()
            .flat_map(|run| run.report.arrivals.iter().enumerate())
        {
            let cells = self.0.played.iter().flat_map(|run| {
                let kind = run.report.arrivals.get(place);
                kind.map(|kind| of_kind(&kind.figures)).unwrap_or_default()
            });
            table.line(&kind.name, cells.collect());
        }
        table
    }

    fn clicks(run: &Played) -> Table {
        let heads = [
            "clicks",
            "placed",
            "talked",
            "no agent",
            "no customer",
            "not ready",
            "refused",
            "other",
        ];
        let mut table = Table::new("clicks", heads.map(str::to_owned).into());
        for kind in &run.report.clicks {
            let not_ready = kind.not_made_for(&["not-ready"]);
            let refused = kind.not_made_for(&["call-refused", "call-uncertain"]);
            let all: u64 = kind.not_made.values().sum();
            let other = all.saturating_sub(not_ready).saturating_sub(refused);
            let counts = [
                kind.clicks,
                kind.placed,
                kind.talked,
                kind.no_agent,
                kind.no_customer,
                not_ready,
                refused,
                other,
            ];
            table.line(&kind.name, counts.map(|count| count.to_string()).into());
        }
        table
    }

    fn queues(run: &Played) -> Table {
        let heads = ["agents", "calls", "occupancy", "Gini, calls", "Gini, talk"];
        let mut table = Table::new("queue", heads.map(str::to_owned).into());
        for queue in &run.report.queues {
            let cells = vec![
                queue.agents.to_string(),
                queue.calls.to_string(),
                queue.occupancy.map_or_else(none, percent),
                queue.gini_of_calls.map_or_else(none, two_places),
                queue.gini_of_talk_time.map_or_else(none, two_places),
            ];
            table.line(&queue.name, cells);
        }
        table
    }

    fn repeated(&self, heads: &[&str]) -> Vec<String> {
        let all = self.0.played.iter().flat_map(|_| heads.iter().copied());
        all.map(str::to_owned).collect()
    }
}

fn of_kind(figures: &CallFigures) -> Vec<String> {
    vec![
        figures.calls.to_string(),
        figures.answered.to_string(),
        figures.abandoned.to_string(),
        figures
            .average_speed_of_answer
            .map_or_else(none, in_seconds),
        figures.service_level.map_or_else(none, percent),
    ]
}

fn agents(agents: &[AgentFigures]) -> Table {
    let mut heads = vec!["calls", "talk", "occupancy", "missed", "declined"];
    let have_clicked = agents.iter().any(|agent| agent.clicks > 0);
    if have_clicked {
        heads.insert(1, "clicks");
    }
    let heads = heads.into_iter().map(str::to_owned);
    let mut table = Table::new("agent", heads.collect());
    for agent in agents {
        let mut cells = vec![
            agent.calls.to_string(),
            short(Duration::from_secs(agent.talk_time.as_secs())),
            agent.occupancy.map_or_else(none, percent),
            agent.missed.to_string(),
            agent.declined.to_string(),
        ];
        if have_clicked {
            cells.insert(1, agent.clicks.to_string());
        }
        table.line(&agent.id, cells);
    }
    table
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(simulation) = self;
        let rules: Vec<_> = simulation
            .played
            .iter()
            .map(|run| run.rules.as_str())
            .collect();
        let rules = rules.join(" and ");
        write!(
            formatter,
            "{}, seed {}, on {rules}",
            simulation.scenario, simulation.seed
        )?;
        if let Some(server) = &simulation.against {
            write!(formatter, ", in real time against {server}")?;
        }
        writeln!(formatter, "\n")?;
        write!(formatter, "{}", self.total())?;
        writeln!(
            formatter,
            "  (answered in time, of all but those who hung up in time)\n"
        )?;
        write!(formatter, "{}", self.arrivals())?;
        for run in &simulation.played {
            writeln!(formatter)?;
            if simulation.played.len() > 1 {
                writeln!(formatter, "{}", run.rules)?;
            }
            if !run.report.clicks.is_empty() {
                writeln!(formatter, "{}", Self::clicks(run))?;
            }
            write!(formatter, "{}", Self::queues(run))?;
            let all = &run.report.agents;
            if all.len() <= MOST_AGENTS {
                write!(formatter, "\n{}", agents(all))?;
            } else {
                writeln!(formatter, "{} agents: each is in --format json", all.len())?;
            }
        }
        verdicts(simulation, formatter)
    }
}

/// The last lines: what never must happen.
fn verdicts(simulation: &Simulation, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut total = 0_u64;
    for run in &simulation.played {
        total = total.saturating_add(run.report.breaches);
        for breach in &run.breaches {
            write!(formatter, "\n{}: {}: {}", run.rules, breach.at, breach.what)?;
        }
    }
    if total == 0 {
        write!(formatter, "\nheld: {}", exercised(&simulation.played))
    } else {
        write!(formatter, "\nBROKEN {total} times what must always hold")
    }
}

/// What was put to the test: of what did not occur, nothing is said.
fn exercised(played: &[Played]) -> String {
    let sum = |read: fn(&SimulationReport) -> u64| -> u64 {
        played.iter().map(|run| read(&run.report)).sum()
    };
    let clicks = |report: &SimulationReport| report.clicks.iter().map(|kind| kind.clicks).sum();
    let (equal, clicks) = (sum(|report| report.equal_fetches), sum(clicks));
    let (calls, engaged) = (
        sum(|report| report.total.calls),
        sum(|report| report.engaged),
    );
    let mut held = Vec::new();
    if calls > 0 {
        held.push("no agent offered to two calls, as far as the service was told".to_owned());
        held.push("every answer valid".to_owned());
    }
    if equal > 0 {
        held.push(format!("fetches sent twice answered alike ({equal})"));
    }
    if clicks > 0 {
        held.push(format!("one call at most of each click ({clicks})"));
    }
    held.push("nobody held for ever".to_owned());
    let held = held.join(", ");
    if engaged == 0 {
        return held;
    }
    format!(
        "{held}\nnot held against it: phones dialled while in a call, for want of reports ({engaged})"
    )
}

/// Rows of a name and cells, set in columns.
struct Table {
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    fn new(name: &str, heads: Vec<String>) -> Self {
        let rows = if heads.is_empty() {
            Vec::new()
        } else {
            vec![(name.to_owned(), heads)]
        };
        Self { rows }
    }

    fn line(&mut self, name: &str, cells: Vec<String>) {
        self.rows.push((name.to_owned(), cells));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: &String| text.chars().count();
        let names = self.rows.iter().map(|(name, _)| width(name));
        let first = names.max().unwrap_or_default();
        let widest = |place: usize| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(place));
            cells.map(width).max().unwrap_or_default()
        };
        for (name, cells) in &self.rows {
            write!(formatter, "  {name:first$}")?;
            for (place, cell) in cells.iter().enumerate() {
                write!(formatter, "  {cell:>column$}", column = widest(place))?;
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

fn counted(part: u64, whole: u64) -> String {
    let share = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    if whole == 0 {
        return part.to_string();
    }
    format!("{part} ({:.1} %)", 100.0 * share(part) / share(whole))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn in_seconds(seconds: f64) -> String {
    format!("{seconds:.1}s")
}

fn two_places(number: f64) -> String {
    format!("{number:.2}")
}

fn short(duration: Duration) -> String {
    crate::telephony::duration::format(duration)
}

fn none() -> String {
    "-".to_owned()
}
