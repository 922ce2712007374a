//! The console's stories, told on Matrix, in a room that is encrypted.

use crate::scenarios::{
    delete_with_netbox,
    discord::same::assert_same,
    guest_work, guests, ipam, ipam_release, jobs, keys, people, provision, reserve, reserve_list, reserve_reasons,
    reserve_rules, resources,
    story::{Story, on_a_new_database},
    wizard,
};
use direttore_core::Rules;

/// Told on both surfaces, it is the same.
async fn same_on_matrix(with_netbox: bool, tell: impl AsyncFn(&Story)) {
    let start = async |store| match with_netbox {
        true => Story::with_netbox(store, Rules::default()).await,
        false => Story::start(store).await,
    };
    let told = async |is_on_matrix: bool| {
        on_a_new_database(async |store| {
            let mut story = start(store).await;
            if is_on_matrix {
                story = story.on_matrix().await;
            }
            tell(&story).await;
            let read = story.read();
            story.end().await;
            read
        })
        .await
    };
    assert_same(&told(false).await, &told(true).await);
}

/// Each is a test of its own, named as the story; whether there is a NetBox in it.
macro_rules! told {
    ($($name:ident: $story:path, $netbox:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            same_on_matrix($netbox, $story).await;
        }
    )+};
}

told! {
    a_guest_is_started_and_stopped: guests::a_guest_is_started_and_stopped_told, false;
    several_guests_at_once_by_name_and_by_tag: guests::several_guests_at_once_by_name_and_by_tag_told, false;
    a_snapshot_is_made_rolled_back_and_deleted: guests::a_snapshot_is_made_rolled_back_and_deleted_told, false;
    a_guest_is_deleted_by_typing_its_name: guests::a_guest_is_deleted_by_typing_its_name_told, false;
    nodes_are_shown_and_rebooted: guests::nodes_are_shown_and_rebooted_told, false;
    the_first_page_of_guests_and_the_next: guests::the_first_page_of_guests_and_the_next_told, false;
    a_guest_that_changed_between_plan_and_yes_is_asked_about_again: jobs::a_guest_that_changed_between_plan_and_yes_is_asked_about_again_told, false;
    a_failed_task_says_why_and_can_be_retried: jobs::a_failed_task_says_why_and_can_be_retried_told, false;
    a_lock_is_waited_for: jobs::a_lock_is_waited_for_told, false;
    a_queued_job_is_cancelled: jobs::a_queued_job_is_cancelled_told, false;
    a_retry_is_asked_of_the_policy_anew: jobs::a_retry_is_asked_of_the_policy_anew_told, false;
    a_vm_in_one_line: provision::a_vm_in_one_line_told, true;
    a_container_page_by_page: provision::a_container_page_by_page_told, true;
    a_review_is_edited: wizard::a_review_is_edited_told, true;
    guests_are_copied: guest_work::guests_are_copied_told, true;
    guests_are_resized: guest_work::guests_are_resized_told, true;
    guests_are_moved: guest_work::guests_are_moved_told, true;
    guests_are_backed_up_and_restored: guest_work::guests_are_backed_up_and_restored_told, true;
    what_netbox_has_is_listed: ipam::what_netbox_has_is_listed_told, true;
    addresses_are_taken: ipam::addresses_are_taken_told, true;
    addresses_are_given_back: ipam_release::addresses_are_given_back_told, true;
    left_overs_are_found_and_given_back: ipam_release::left_overs_are_found_and_given_back_told, true;
    keys_are_kept_and_forgotten: keys::keys_are_kept_and_forgotten_told, false;
    a_guest_gets_keys_and_a_password: keys::a_guest_gets_keys_and_a_password_told, true;
    the_last_administrator_stays: people::the_last_administrator_stays_told, false;
    a_grant_narrows_what_an_operator_may: people::a_grant_narrows_what_an_operator_may_told, false;
    one_has_it_and_the_other_is_told: reserve::one_has_it_and_the_other_is_told_told, false;
    a_series_is_booked_as_a_whole: reserve::a_series_is_booked_as_a_whole_told, false;
    nobody_gets_in_while_the_lab_is_maintained: reserve_rules::nobody_gets_in_while_the_lab_is_maintained_told, false;
    reservations_are_listed: reserve_list::reservations_are_listed_told, false;
    who_goes_over_a_reservation_says_why: reserve_reasons::who_goes_over_a_reservation_says_why_told, false;
    resources_come_and_go: resources::resources_come_and_go_told, false;
    its_records_and_addresses_go_with_it: delete_with_netbox::its_records_and_addresses_go_with_it_told, true;
}
