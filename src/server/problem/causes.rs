//! Errors, as the log says them.

use std::fmt;

/// An error with everything that caused it, each said once, for the log.
pub(crate) struct Causes<'a>(pub(crate) &'a dyn std::error::Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        formatter.write_str(&said)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors say their cause themselves.
            if !said.ends_with(&text) {
                write!(formatter, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::StoreError;
    use crate::server::problem::ApiError;

    #[test]
    fn a_cause_that_the_error_says_itself_is_said_once() {
        let not_json = serde_json::from_str::<u8>("x").unwrap_err();
        let cause = not_json.to_string();
        let shown = Causes(&ApiError::NotJson(not_json)).to_string();
        assert_eq!(shown, format!("the body is not JSON: {cause}"));
        let store = StoreError::Timeout(std::time::Duration::from_secs(1));
        let shown = Causes(&ApiError::Store(store)).to_string();
        let said = "the store is not available at the moment; try again: the store did not answer within 1s";
        assert_eq!(shown, said);
    }
}
