// What the fuzzer, and a test of its seeds, do with a fetch. Not a doc comment: the file is included.

use ringmaster::exotel::ConnectRequest;
use ringmaster::telephony::Country;

use super::parameters::parameters;

/// Any fetch can be read, twice alike, and what is kept of it keeps to its limits. Was there a call in it?
pub(super) fn read(bytes: &[u8]) -> bool {
    let Some(parameters) = parameters(bytes) else {
        return false;
    };
    let request = ConnectRequest::read(&parameters, Country::INDIA);
    let again = ConnectRequest::read(&parameters, Country::INDIA);
    assert_eq!((&request, request.progress()), (&again, again.progress()));
    for (kept, most) in [(&request.digits, 64), (&request.custom_field, 128)] {
        let kept = kept.as_deref().unwrap_or("-");
        assert!(!kept.is_empty() && kept.chars().count() <= most);
        assert!(!kept.chars().any(char::is_control), "{kept:?}");
    }
    // What goes to the log: no number in full.
    let shown = format!("{} {} {request:?}", request.caller, request.dialed);
    if let Some(phone) = request.caller.phone() {
        let digits = phone.to_string().replace('+', "");
        assert!(!request.caller.to_string().contains(&digits), "{shown}");
    }
    if let Some(end) = request.last_dial() {
        assert!(!request.dial_goes_on());
        let _shown = format!("{end:?}");
    }
    request.call.is_some()
}
