//! The Voice API over real HTTP: what goes out, what is made of each answer, and what is never sent twice.

mod answers;
mod desk;
mod limits;
mod lookups;
mod network;
mod secrecy;
