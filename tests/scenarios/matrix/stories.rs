//! The console's stories, told on Matrix, in a room that is encrypted. Where the database has a part of its own in it, on
//! both.

use crate::{
    scenarios::{
        delete_with_netbox,
        discord::same::assert_same,
        guest_work, guests, ipam, ipam_release, jobs, keys, people, provision, reserve, reserve_list, reserve_reasons,
        reserve_rules, resources,
        story::{Story, on_a_new_database},
        wizard,
    },
    support::postgres,
};
use direttore_core::Rules;
use direttore_store::Store;

/// What a reader has before them at the end.
async fn read(store: Store, with_netbox: bool, is_on_matrix: bool, tell: &impl AsyncFn(&Story)) -> Vec<String> {
    let mut story = match with_netbox {
        true => Story::with_netbox(store, Rules::default()).await,
        false => Story::start(store).await,
    };
    if is_on_matrix {
        story = story.on_matrix().await;
    }
    tell(&story).await;
    let read = story.read();
    story.end().await;
    read
}

/// Told on both surfaces, it is the same.
async fn on_sqlite(with_netbox: bool, tell: impl AsyncFn(&Story)) {
    let told =
        async |is_on_matrix| on_a_new_database(async |store| read(store, with_netbox, is_on_matrix, &tell).await).await;
    assert_same(&told(false).await, &told(true).await);
}

/// The same on Matrix, whichever the database.
async fn on_both(with_netbox: bool, tell: impl AsyncFn(&Story)) {
    let console = on_a_new_database(async |store| read(store, with_netbox, false, &tell).await).await;
    postgres::on_both(async |store| assert_same(&console, &read(store, with_netbox, true, &tell).await)).await;
}

/// Each is a test of its own, named as the story; where it is told, and whether there is a NetBox in it.
macro_rules! told {
    ($($name:ident: $story:path, $databases:ident, $netbox:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            $databases($netbox, $story).await;
        }
    )+};
}

told! {
    a_guest_is_started_and_stopped: guests::a_guest_is_started_and_stopped_told, on_both, false;
    several_guests_at_once_by_name_and_by_tag: guests::several_guests_at_once_by_name_and_by_tag_told, on_sqlite, false;
    a_snapshot_is_made_rolled_back_and_deleted: guests::a_snapshot_is_made_rolled_back_and_deleted_told, on_sqlite, false;
    a_guest_is_deleted_by_typing_its_name: guests::a_guest_is_deleted_by_typing_its_name_told, on_sqlite, false;
    nodes_are_shown_and_rebooted: guests::nodes_are_shown_and_rebooted_told, on_sqlite, false;
    the_first_page_of_guests_and_the_next: guests::the_first_page_of_guests_and_the_next_told, on_sqlite, false;
    a_guest_that_changed_between_plan_and_yes_is_asked_about_again: jobs::a_guest_that_changed_between_plan_and_yes_is_asked_about_again_told, on_sqlite, false;
    a_failed_task_says_why_and_can_be_retried: jobs::a_failed_task_says_why_and_can_be_retried_told, on_both, false;
    a_lock_is_waited_for: jobs::a_lock_is_waited_for_told, on_sqlite, false;
    a_queued_job_is_cancelled: jobs::a_queued_job_is_cancelled_told, on_both, false;
    a_retry_is_asked_of_the_policy_anew: jobs::a_retry_is_asked_of_the_policy_anew_told, on_sqlite, false;
    a_vm_in_one_line: provision::a_vm_in_one_line_told, on_both, true;
    a_container_page_by_page: provision::a_container_page_by_page_told, on_both, true;
    a_review_is_edited: wizard::a_review_is_edited_told, on_both, true;
    guests_are_copied: guest_work::guests_are_copied_told, on_sqlite, true;
    guests_are_resized: guest_work::guests_are_resized_told, on_sqlite, true;
    guests_are_moved: guest_work::guests_are_moved_told, on_sqlite, true;
    guests_are_backed_up_and_restored: guest_work::guests_are_backed_up_and_restored_told, on_sqlite, true;
    what_netbox_has_is_listed: ipam::what_netbox_has_is_listed_told, on_sqlite, true;
    addresses_are_taken: ipam::addresses_are_taken_told, on_sqlite, true;
    addresses_are_given_back: ipam_release::addresses_are_given_back_told, on_sqlite, true;
    left_overs_are_found_and_given_back: ipam_release::left_overs_are_found_and_given_back_told, on_sqlite, true;
    keys_are_kept_and_forgotten: keys::keys_are_kept_and_forgotten_told, on_sqlite, false;
    a_guest_gets_keys_and_a_password: keys::a_guest_gets_keys_and_a_password_told, on_sqlite, true;
    the_last_administrator_stays: people::the_last_administrator_stays_told, on_sqlite, false;
    a_grant_narrows_what_an_operator_may: people::a_grant_narrows_what_an_operator_may_told, on_both, false;
    one_has_it_and_the_other_is_told: reserve::one_has_it_and_the_other_is_told_told, on_both, false;
    a_series_is_booked_as_a_whole: reserve::a_series_is_booked_as_a_whole_told, on_sqlite, false;
    nobody_gets_in_while_the_lab_is_maintained: reserve_rules::nobody_gets_in_while_the_lab_is_maintained_told, on_sqlite, false;
    reservations_are_listed: reserve_list::reservations_are_listed_told, on_sqlite, false;
    who_goes_over_a_reservation_says_why: reserve_reasons::who_goes_over_a_reservation_says_why_told, on_sqlite, false;
    resources_come_and_go: resources::resources_come_and_go_told, on_sqlite, false;
    its_records_and_addresses_go_with_it: delete_with_netbox::its_records_and_addresses_go_with_it_told, on_sqlite, true;
}
