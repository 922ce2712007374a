//! One test binary: what a person sees, what a peer gets, what must hold of the source.

mod architecture;
mod authz;
mod contracts;
mod demo;
mod kills;
mod scenarios;
mod serve;
mod support;
