//! Guarding the door: who comes in, from where and how often; what is written down of it, and what never is.

mod audit;
mod counted;
mod erase;
mod hung_up;
mod limits;
mod secrecy;
mod secrets;
mod sources;
mod table;
mod tls;
