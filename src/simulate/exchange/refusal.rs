//! How Exotel says no: the rows of its table that a stand-in has a reason for (contract, section 6).

/// A no, with everything that is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of HTTP. It may be a success: the body decides.
    pub http: u16,
    /// The status in the body.
    pub status: u16,
    /// Exotel's number for it.
    pub code: u16,
    /// Exotel's words. The published sample is the one for an invalid body; the others are our own.
    pub message: &'static str,
    /// In how many seconds to ask again.
    pub retry_after: Option<u16>,
}

const fn refusal(status: u16, code: u16, message: &'static str) -> Refusal {
    Refusal {
        http: status,
        status,
        code,
        message,
        retry_after: None,
    }
}

impl Refusal {
    /// Neither key nor token.
    pub const NOT_AUTHENTICATED: Self = refusal(401, 1010, "Authentication failed");
    /// A body that is not what the contract has.
    pub const INVALID: Self = refusal(400, 10_725, "Invalid request body,failed parsing");
    /// A call that was never placed.
    pub const UNKNOWN_CALL: Self = refusal(404, 10_744, "Call not found");
    /// The agent's phone is in a call that Exotel knows of.
    pub const BUSY: Self = refusal(409, 10_706, "Device is busy");

    /// What requests for calls are refused with that nothing is wrong with. Whoever asks again does so after longer than
    /// a click waits.
    pub const OF_CALLS: [Self; 5] = [
        Self::BUSY,
        refusal(403, 10_717, "Number is registered for do not disturb"),
        Self {
            retry_after: Some(30),
            ..refusal(429, 10_724, "Too many requests")
        },
        refusal(500, 1_100, "Internal server error"),
        Self {
            http: 200,
            ..refusal(409, 1_012, "User device is off")
        },
    ];
}
