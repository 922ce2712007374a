//! What a person sees: transcripts of the chat, on both databases.

mod bad_days;
mod cards;
mod delete_bad_days;
mod delete_with_netbox;
mod first_use;
mod guest_work;
mod guest_work_bad_days;
mod guests;
mod inventory;
mod ipam;
mod ipam_bad_days;
mod ipam_release;
mod jobs;
mod keys;
mod link;
mod member;
mod people;
mod pictures;
mod provision;
mod provision_bad_days;
mod roles;
mod show_drift;
mod story;
mod widgets;
mod wizard;
mod words;
