// How the fuzzer writes a request's parameters. Not a doc comment: the file is included.

use ringmaster::exotel::Parameters;

/// As a query after `?`, as JSON from `{` on, else as a form.
pub(super) fn parameters(bytes: &[u8]) -> Option<Parameters> {
    let mut parameters = Parameters::default();
    match bytes.first() {
        Some(b'?') => {
            let query = String::from_utf8_lossy(&bytes[1..]);
            parameters = Parameters::from_query(&query).ok()?;
        }
        Some(b'{') => parameters.add_json(bytes).ok()?,
        _ => parameters.add_form(bytes).ok()?,
    }
    Some(parameters)
}
