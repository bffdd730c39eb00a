//! The day so far: four figures, each with a chart by the hour that can also be read as text.

use std::time::Duration;

use askama::Template;

use super::super::figures::{Day, Hour, IN_TIME};

/// The figures of the day.
#[derive(Template)]
#[template(path = "today.html")]
pub(super) struct Today {
    tiles: Vec<Tile>,
    chart_width: usize,
}

struct Tile {
    kind: &'static str,
    name: String,
    figure: String,
    note: String,
    bars: Vec<Bar>,
    /// Are they shares, of which the whole is shown besides? So what is 0 % is there to be seen.
    is_share: bool,
    /// The chart in words.
    told: String,
}

/// One hour of a chart that is 40 high; the hours are 10 wide.
struct Bar {
    x: usize,
    y: u64,
    height: u64,
    hour: u8,
    told: String,
}

/// What the highest bar of a chart stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// The most that an hour has; hours that have nothing have no bar.
    Most,
    /// A hundred of a hundred, whatever the hours have.
    Share,
}

const HEIGHT: u64 = 40;
const HOURS: u8 = 24;

impl Today {
    pub(super) fn new(day: &Day, hour_now: u8) -> Self {
        let sum = day.sum();
        let count = |count: u64| count.to_string();
        let tiles = vec![
            tile(
                day,
                hour_now,
                ("answered", "Answered today"),
                Scale::Most,
                |hour| Some((hour.answered, count(hour.answered))),
            )
            .with(format!("of {} that asked", calls(sum.asked))),
            tile(
                day,
                hour_now,
                ("missed", "Missed today"),
                Scale::Most,
                |hour| Some((hour.missed, count(hour.missed))),
            )
            .with("phones that rang out".to_owned()),
            tile(
                day,
                hour_now,
                ("speed", "Speed of answer"),
                Scale::Most,
                |hour| {
                    let speed = hour.speed()?;
                    let millis = u64::try_from(speed.as_millis()).unwrap_or(u64::MAX);
                    Some((millis, seconds(speed)))
                },
            )
            .with(format!("mean of {}", calls(sum.timed))),
            tile(
                day,
                hour_now,
                ("level", "Service level"),
                Scale::Share,
                |hour| {
                    let level = hour.level()?;
                    Some((level, format!("{level} %")))
                },
            )
            .with(format!("answered within {} s", IN_TIME.as_secs())),
        ];
        Self {
            tiles,
            chart_width: usize::from(HOURS) * 10,
        }
    }
}

impl Tile {
    fn with(self, note: String) -> Self {
        Self { note, ..self }
    }
}

/// A figure of the whole day, and the same of each hour: what a bar's height stands for, and what it says.
fn tile(
    day: &Day,
    hour_now: u8,
    (kind, name): (&'static str, &str),
    scale: Scale,
    read: impl Fn(&Hour) -> Option<(u64, String)>,
) -> Tile {
    let hours = day.0.iter();
    let hours: Vec<_> = hours
        .filter(|(hour, _)| **hour < HOURS)
        .filter_map(|(hour, counted)| Some((*hour, read(counted)?)))
        .filter(|(_, (value, _))| *value > 0 || scale == Scale::Share)
        .collect();
    let most = match scale {
        Scale::Most => hours.iter().map(|(_, (value, _))| *value).max(),
        Scale::Share => Some(100),
    };
    let bars = hours.iter().map(|(hour, (value, said))| {
        let height = value.saturating_mul(HEIGHT.saturating_sub(2));
        let height = height.checked_div(most.unwrap_or(1)).unwrap_or(0);
        // However little it is, it is not nothing.
        let height = height.max(u64::from(*value > 0));
        Bar {
            x: usize::from(*hour).saturating_mul(10).saturating_add(1),
            y: HEIGHT.saturating_sub(height),
            height,
            hour: *hour,
            told: format!("{hour}:00 {said}"),
        }
    });
    let bars: Vec<_> = bars.collect();
    let told: Vec<_> = bars.iter().map(|bar| bar.told.as_str()).collect();
    let told = if told.is_empty() {
        format!("{name} by the hour: nothing until {hour_now}:59")
    } else {
        format!("{name} by the hour: {}", told.join(", "))
    };
    let figure = read(&day.sum()).map_or_else(|| "–".to_owned(), |(_, said)| said);
    Tile {
        kind,
        name: name.to_owned(),
        figure,
        note: String::new(),
        bars,
        is_share: scale == Scale::Share,
        told,
    }
}

fn calls(count: u64) -> String {
    match count {
        1 => "1 call".to_owned(),
        count => format!("{count} calls"),
    }
}

/// In tenths of a second while that says something.
fn seconds(time: Duration) -> String {
    let tenths = time.as_millis().saturating_add(50) / 100;
    if tenths >= 1_000 {
        format!("{} s", tenths / 10)
    } else {
        format!("{}.{} s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_chart_can_be_read_as_text_and_its_highest_bar_fills_it() {
        let hour = |answered| Hour {
            answered,
            asked: answered + 1,
            ..Hour::default()
        };
        let day = Day(BTreeMap::from([
            (9, hour(3)),
            (11, hour(12)),
            (12, hour(0)),
        ]));
        let today = Today::new(&day, 12);
        let answered = today.tiles.first().unwrap();
        assert_eq!(answered.figure, "15");
        assert_eq!(answered.note, "of 18 calls that asked");
        assert_eq!(
            answered.told,
            "Answered today by the hour: 9:00 3, 11:00 12"
        );
        let heights: Vec<_> = answered.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [9, 38]);
        let level = today.tiles.last().unwrap();
        assert_eq!(level.figure, "–", "nobody knows");
        assert!(level.told.ends_with("nothing until 12:59"));
    }

    #[test]
    fn the_service_level_has_the_same_scale_on_every_day_and_shows_hours_without_any() {
        let hour = |in_time, timed| Hour {
            timed,
            in_time,
            ..Hour::default()
        };
        let day = Day(BTreeMap::from([
            (9, hour(1, 2)),
            (10, hour(0, 3)),
            (11, hour(1, 100)),
            (12, hour(0, 0)),
        ]));
        let today = Today::new(&day, 12);
        let level = today.tiles.last().unwrap();
        assert_eq!(
            level.told,
            "Service level by the hour: 9:00 50 %, 10:00 0 %, 11:00 1 %"
        );
        let heights: Vec<_> = level.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(
            heights,
            [19, 0, 1],
            "half of the chart for half of the calls"
        );
        let html = today.render().unwrap();
        assert_eq!(html.matches("class=\"track\"").count(), 3, "{html}");
        assert!(html.contains("<title>10:00 0 %</title>"), "{html}");
    }

    #[test]
    fn times_are_said_as_finely_as_they_matter() {
        assert_eq!(seconds(Duration::from_millis(6_449)), "6.4 s");
        assert_eq!(seconds(Duration::from_millis(99_949)), "99.9 s");
        assert_eq!(seconds(Duration::from_millis(99_950)), "100 s");
    }
}
