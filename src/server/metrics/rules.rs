//! The rules: which are in force, since when, and how their files stand.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use crate::reload::{ReloadHandle, RulesStatus, Standing};

/// Shows what the status board shows.
#[derive(Debug)]
pub(super) struct RulesCollector(pub(super) ReloadHandle);

impl Collector for RulesCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.0.board().status();
        in_force(&status, &mut encoder)?;
        reloads(&status, &mut encoder)?;
        files(&status, &mut encoder)
    }
}

fn in_force(status: &RulesStatus, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let in_force = || {
        let accounts = status.accounts.iter();
        accounts.filter_map(|(name, account)| Some((name.as_str(), account.in_force?)))
    };
    let mut info = encoder.encode_descriptor(
        "rules",
        "The version of the rules in force",
        None,
        MetricType::Info,
    )?;
    for (account, (version, _)) in in_force() {
        info.encode_info(&[("account", account), ("version", &version.to_string())])?;
    }
    let mut since = encoder.encode_descriptor(
        "rules_in_force_since_timestamp_seconds",
        "When the rules in force came into force, in seconds since 1970",
        None,
        MetricType::Gauge,
    )?;
    for (account, (_, moment)) in in_force() {
        let seconds = moment.as_millis().div_euclid(1000);
        since
            .encode_family(&[("account", account)])?
            .encode_gauge(&seconds)?;
    }
    Ok(())
}

fn reloads(status: &RulesStatus, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let mut last = encoder.encode_descriptor(
        "rules_last_reload_successful",
        "1 when the account's file is what is in force; 0 when it was refused or is gone",
        None,
        MetricType::Gauge,
    )?;
    for (account, of_account) in &status.accounts {
        let is_current = of_account.standing == Standing::Current;
        last.encode_family(&[("account", account.as_str())])?
            .encode_gauge(&i64::from(is_current))?;
    }
    let mut reloads = encoder.encode_descriptor(
        "rules_reloads",
        "How often an account's file was judged since the start, by what came of it",
        None,
        MetricType::Counter,
    )?;
    for (account, of_account) in &status.accounts {
        for (result, count) in of_account.reloads.by_result() {
            reloads
                .encode_family(&[("account", account.as_str()), ("result", result)])?
                .encode_counter::<NoLabels, _, u64>(&count, None)?;
        }
    }
    Ok(())
}

fn files(status: &RulesStatus, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let mut files = encoder.encode_descriptor(
        "rules_files",
        "Rules files by how they stand to the rules in force; a stray belongs to no account",
        None,
        MetricType::Gauge,
    )?;
    let standings = Standing::ALL.map(|standing| (standing.as_str(), status.count(standing)));
    for (state, count) in standings.into_iter().chain([("stray", status.strays)]) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        files
            .encode_family(&[("state", state)])?
            .encode_gauge(&count)?;
    }
    Ok(())
}
