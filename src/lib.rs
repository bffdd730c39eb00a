//! ringmaster decides whose phone rings: the service behind Exotel's Programmable Connect URL.
#![forbid(unsafe_code)]
