//! The stories that are told on every surface, and are the same on each: to whoever reads them on the console, on Discord,
//! and on Matrix in a room that is encrypted. Where the database has a part of its own in one, it is told on both there.

use super::{
    delete_with_netbox, devices,
    discord::{same::assert_same, stage::world},
    guest_work, guests, ipam, ipam_release, jobs, keys, people, provision, reserve, reserve_list, reserve_reasons,
    reserve_rules, resources,
    story::{Story, on_a_new_database},
    wizard,
};
use crate::support::postgres;
use direttore_core::Rules;
use direttore_store::Store;
use fake_discord::Fake;

/// What a story has besides its lab.
#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    NetBox,
    /// A NetBox, and the switches in it.
    Switches,
}

async fn begun(store: Store, beside: Beside) -> Story {
    match beside {
        Beside::Nothing => Story::start(store).await,
        Beside::NetBox => Story::with_netbox(store, Rules::default()).await,
        Beside::Switches => Story::with_switches(store, Rules::default(), |_| {}).await,
    }
}

/// What a reader has before them at the end.
async fn read(story: Story, tell: &impl AsyncFn(&Story)) -> Vec<String> {
    tell(&story).await;
    let read = story.read();
    story.end().await;
    read
}

/// As it is on the console, where it is the same on Discord.
async fn on_discord(beside: Beside, tell: &impl AsyncFn(&Story)) -> Vec<String> {
    let console = on_a_new_database(async |store| read(begun(store, beside).await, tell).await).await;
    if let Some(fake) = Fake::start(world()).await {
        let discord = async |store| read(begun(store, beside).await.on_discord(fake).await, tell).await;
        assert_same(&console, "Discord", &on_a_new_database(discord).await);
    }
    console
}

async fn on_sqlite(beside: Beside, tell: impl AsyncFn(&Story)) {
    let console = on_discord(beside, &tell).await;
    let matrix = async |store| read(begun(store, beside).await.on_matrix().await, &tell).await;
    assert_same(&console, "Matrix", &on_a_new_database(matrix).await);
}

/// On Matrix it is the same whichever the database.
async fn on_both(beside: Beside, tell: impl AsyncFn(&Story)) {
    let console = on_discord(beside, &tell).await;
    let matrix = async |store| read(begun(store, beside).await.on_matrix().await, &tell).await;
    postgres::on_both(async |store| assert_same(&console, "Matrix", &matrix(store).await)).await;
}

/// Each is a test of its own, named as the story; where it is told on Matrix, and what is in it besides the lab.
macro_rules! told {
    ($($name:ident: $story:path, $databases:ident, $beside:ident;)+) => {$(
        #[tokio::test]
        async fn $name() {
            $databases(Beside::$beside, $story).await;
        }
    )+};
}

told! {
    a_guest_is_started_and_stopped: guests::a_guest_is_started_and_stopped_told, on_both, Nothing;
    several_guests_at_once_by_name_and_by_tag: guests::several_guests_at_once_by_name_and_by_tag_told, on_sqlite, Nothing;
    a_snapshot_is_made_rolled_back_and_deleted: guests::a_snapshot_is_made_rolled_back_and_deleted_told, on_sqlite, Nothing;
    a_guest_is_deleted_by_typing_its_name: guests::a_guest_is_deleted_by_typing_its_name_told, on_sqlite, Nothing;
    nodes_are_shown_and_rebooted: guests::nodes_are_shown_and_rebooted_told, on_sqlite, Nothing;
    the_first_page_of_guests_and_the_next: guests::the_first_page_of_guests_and_the_next_told, on_sqlite, Nothing;
    a_guest_that_changed_between_plan_and_yes_is_asked_about_again: jobs::a_guest_that_changed_between_plan_and_yes_is_asked_about_again_told, on_sqlite, Nothing;
    a_failed_task_says_why_and_can_be_retried: jobs::a_failed_task_says_why_and_can_be_retried_told, on_both, Nothing;
    a_lock_is_waited_for: jobs::a_lock_is_waited_for_told, on_sqlite, Nothing;
    a_queued_job_is_cancelled: jobs::a_queued_job_is_cancelled_told, on_both, Nothing;
    a_retry_is_asked_of_the_policy_anew: jobs::a_retry_is_asked_of_the_policy_anew_told, on_sqlite, Nothing;
    a_vm_in_one_line: provision::a_vm_in_one_line_told, on_both, NetBox;
    a_container_page_by_page: provision::a_container_page_by_page_told, on_both, NetBox;
    a_review_is_edited: wizard::a_review_is_edited_told, on_both, NetBox;
    guests_are_copied: guest_work::guests_are_copied_told, on_sqlite, NetBox;
    guests_are_resized: guest_work::guests_are_resized_told, on_sqlite, NetBox;
    guests_are_moved: guest_work::guests_are_moved_told, on_sqlite, NetBox;
    guests_are_backed_up_and_restored: guest_work::guests_are_backed_up_and_restored_told, on_sqlite, NetBox;
    what_netbox_has_is_listed: ipam::what_netbox_has_is_listed_told, on_sqlite, NetBox;
    addresses_are_taken: ipam::addresses_are_taken_told, on_sqlite, NetBox;
    addresses_are_given_back: ipam_release::addresses_are_given_back_told, on_sqlite, NetBox;
    left_overs_are_found_and_given_back: ipam_release::left_overs_are_found_and_given_back_told, on_sqlite, NetBox;
    keys_are_kept_and_forgotten: keys::keys_are_kept_and_forgotten_told, on_sqlite, Nothing;
    a_guest_gets_keys_and_a_password: keys::a_guest_gets_keys_and_a_password_told, on_sqlite, NetBox;
    the_last_administrator_stays: people::the_last_administrator_stays_told, on_sqlite, Nothing;
    a_grant_narrows_what_an_operator_may: people::a_grant_narrows_what_an_operator_may_told, on_both, Nothing;
    one_has_it_and_the_other_is_told: reserve::one_has_it_and_the_other_is_told_told, on_both, Nothing;
    a_series_is_booked_as_a_whole: reserve::a_series_is_booked_as_a_whole_told, on_sqlite, Nothing;
    nobody_gets_in_while_the_lab_is_maintained: reserve_rules::nobody_gets_in_while_the_lab_is_maintained_told, on_sqlite, Nothing;
    reservations_are_listed: reserve_list::reservations_are_listed_told, on_sqlite, Nothing;
    who_goes_over_a_reservation_says_why: reserve_reasons::who_goes_over_a_reservation_says_why_told, on_sqlite, Nothing;
    resources_come_and_go: resources::resources_come_and_go_told, on_sqlite, Nothing;
    its_records_and_addresses_go_with_it: delete_with_netbox::its_records_and_addresses_go_with_it_told, on_sqlite, NetBox;
    a_template_is_rendered: devices::rendered::a_template_is_rendered_told, on_sqlite, Switches;
    what_is_shown_is_what_is_done: devices::pushed::what_is_shown_is_what_is_done_told, on_sqlite, Switches;
    an_operators_push_needs_a_second_person: devices::pushed::an_operators_push_needs_a_second_person_told, on_both, Switches;
    what_is_held_waits_for_a_person: devices::pushed::what_is_held_waits_for_a_person_told, on_sqlite, Switches;
    of_several_the_first_is_a_trial: devices::pushed::of_several_the_first_is_a_trial_told, on_sqlite, Switches;
    what_cannot_be_pushed_says_why: devices::pushed::what_cannot_be_pushed_says_why_told, on_sqlite, Switches;
    a_change_by_hand_is_kept: devices::backed_up::a_change_by_hand_is_kept_told, on_sqlite, Switches;
    devices_that_do_not_answer: devices::bad_days::devices_that_do_not_answer_told, on_sqlite, Switches;
    only_what_the_list_allows_is_said: devices::ran::only_what_the_list_allows_is_said_told, on_sqlite, Switches;
    a_switch_fills_netbox_once: devices::discovered::a_switch_fills_netbox_once_told, on_sqlite, Switches;
}
