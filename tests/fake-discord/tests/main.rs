//! That the fake bites where Discord does, and lets through what Discord does.

mod bad_requests;
mod endpoint;
mod faults;
mod gateway;
mod lifecycle;
mod screen;
mod support;
