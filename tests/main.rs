//! One test binary: what a person sees, what a peer gets, what must hold of the source.

mod architecture;
mod authz;
mod contracts;
mod demo;
mod import;
mod kills;
mod scenarios;
mod serve;
mod support;
mod templates;
