//! What every log must do, and what only one of them can.

mod broker;
mod cases;
mod embedded;
mod faults;
mod groups;
mod provision;
mod secure;
mod stage;

/// Each case for each log.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod on_embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::cases::$case(&mut crate::embedded::Embedded::new()).await;
            })*
        }
        mod on_kafka {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::cases::$case(&mut crate::broker::Broker::new(1, 1).await).await;
            })*
        }
    };
}

contract!(
    what_is_published_is_read_in_order_with_everything_it_had,
    a_group_goes_on_after_its_last_commit_even_in_another_process,
    a_consumer_can_be_sent_back_and_waits_for_what_is_to_come,
    a_consumer_sent_elsewhere_gets_nothing_from_before,
    groups_and_topics_do_not_touch_each_other,
    a_follower_starts_where_it_is_told,
    the_newest_of_a_key_is_found,
    the_newest_is_found_far_behind_others,
    a_group_without_members_can_be_moved,
    what_retention_has_removed_is_gone,
    a_follower_that_is_too_slow_is_told,
    a_partition_that_is_not_there_is_refused,
    a_log_that_is_well_says_so,
    a_group_says_how_far_behind_it_is,
    a_consumer_that_is_busy_for_long_misses_nothing,
);
