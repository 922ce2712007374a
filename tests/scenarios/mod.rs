//! What a person sees: transcripts of the chat, on both databases.

mod bad_days;
mod guests;
mod jobs;
mod people;
mod provision;
mod provision_bad_days;
mod roles;
mod story;
mod words;
