//! One command to the server, and what is done when it has lost the script.

use std::sync::Arc;

use redis::aio::ConnectionLike;
use redis::{Arg, Cmd, ErrorKind, RedisResult, ServerErrorKind, ToRedisArgs, Value};

use super::scripts::Script;

/// The arguments of a script's run before its keys' number: `EVALSHA` and the digest.
const BEFORE_KEYS: usize = 2;

/// A command.
pub(super) struct Call {
    command: Cmd,
    /// The text of the script that the command runs by its digest.
    text: Option<Arc<str>>,
}

impl Call {
    /// A command that runs no script.
    pub(super) fn plain(command: Cmd) -> Self {
        Self {
            command,
            text: None,
        }
    }

    /// A command that runs this script by its digest.
    pub(super) fn of(script: &Script, command: Cmd) -> Self {
        Self {
            command,
            text: Some(Arc::clone(&script.text)),
        }
    }

    /// The script with these keys; its arguments follow.
    pub(super) fn with_keys(script: &Script, keys: &[&str]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&script.digest).arg(keys.len()).arg(keys);
        Self::of(script, command)
    }

    /// One more argument, or several.
    pub(super) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        self.command.arg(argument);
        self
    }

    /// One round trip; two when the server has lost the script, as after a restart or on a replica that took over. The
    /// second one carries the text: one command that loads and runs, so that nothing can be lost in between, and that a
    /// cluster sends to the one node that has the keys.
    pub(super) async fn on(&self, connection: &mut impl ConnectionLike) -> RedisResult<Value> {
        match (self.command.query_async(connection).await, &self.text) {
            (Err(error), Some(text))
                if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) =>
            {
                self.whole(text).query_async(connection).await
            }
            (other, _) => other,
        }
    }

    /// The same with the script's text in the place of its digest.
    fn whole(&self, text: &str) -> Cmd {
        let mut whole = redis::cmd("EVAL");
        whole.arg(text);
        for argument in self.command.args_iter().skip(BEFORE_KEYS) {
            if let Arg::Simple(bytes) = argument {
                whole.arg(bytes);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_script_is_sent_whole_with_the_same_keys_and_arguments() {
        let script = Script::new("return 1");
        let mut call = Call::with_keys(&script, &["one", "two"]);
        call.arg("three").arg(4).arg(vec!["five", ""]);
        let whole = call.whole(&script.text).get_packed_command();
        let text = String::from_utf8(whole).unwrap();
        let words: Vec<_> = text.split("\r\n").skip(2).step_by(2).collect();
        assert_eq!(
            words,
            [
                "EVAL", "return 1", "2", "one", "two", "three", "4", "five", ""
            ]
        );
    }
}
