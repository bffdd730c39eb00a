//! The section `outbound`.

use super::answer::recording;
use super::fields::Fields;
use super::rules::Names;
use super::value::Text;
use super::when::{caller_condition, condition, hours_name};
use crate::rules::outbound::Outbound;
use crate::rules::report::Report;
use crate::rules::shape::OUTBOUND;

pub(super) fn outbound(
    file: &Fields<'_>,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Option<Outbound> {
    let outbound = Fields::read(file.get("outbound")?.node, &OUTBOUND, report)?;
    let virtual_number = outbound.get("virtual_number").and_then(|field| {
        let (text, span) = (field.text(report)?, field.span());
        names.numbers.number(Text { text, span }, report)
    });
    let seconds = |key: &str, most: u32, report: &mut Report<'_>| {
        let field = outbound.get(key)?;
        field.seconds(most, report)
    };
    let do_not_call = outbound.get("do_not_call").map(|field| {
        let help = "name a list or a number, or leave the key out";
        field.one_or_more(help, report)
    });
    let do_not_call = do_not_call.unwrap_or_default().into_iter();
    Some(Outbound {
        virtual_number,
        recording: outbound
            .get("recording")
            .and_then(|field| recording(&field, report)),
        max_time_limit: seconds("max_time_limit", Outbound::LONGEST_CALL, report),
        attempt_time_out: seconds("attempt_time_out", Outbound::LONGEST_RINGING, report),
        wrap_up: outbound
            .get("wrap_up")
            .and_then(|field| field.duration(report)),
        hours: condition(&outbound, "hours", report)
            .filter_map(|text| hours_name(text, names, report)),
        do_not_call: do_not_call
            .filter_map(|text| caller_condition(text, names, report))
            .collect(),
        mask_numbers: outbound
            .get("mask_numbers")
            .and_then(|field| field.flag(report))
            .unwrap_or_default(),
    })
}
