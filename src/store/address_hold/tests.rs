use super::*;
use crate::trials::{NOW, committed, jobs, on_both};
use tokio::task::JoinSet;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

async fn taken(tx: &mut Tx, vrf: u64, address: &str, mark: &str, job: JobId) -> bool {
    take(tx, vrf, ip(address), mark, job, NOW).await.expect("told")
}

#[tokio::test]
async fn an_address_is_one_marks_in_each_vrf() {
    on_both(async |store| {
        let [job, other] = jobs(&store).await;
        committed!(store, tx => {
            assert!(taken(&mut tx, 7, "10.0.10.5", "J-1/nic1/ipv4", job).await);
            assert!(taken(&mut tx, 7, "10.0.10.5", "J-1/nic1/ipv4", job).await, "it has it");
            assert!(!taken(&mut tx, 7, "10.0.10.5", "J-2/nic1/ipv4", other).await);
            assert!(taken(&mut tx, 0, "10.0.10.5", "J-2/nic1/ipv4", other).await, "another VRF");
            assert!(taken(&mut tx, 7, "2001:DB8:0:0::5", "J-1/nic1/ipv6", job).await);
            assert!(!taken(&mut tx, 7, "2001:db8::5", "J-2/nic1/ipv6", other).await, "in another spelling");
            assert!(matches!(take(&mut tx, u64::MAX, ip("::1"), "m", job, NOW).await, Err(StoreError::Refused(_))));
        });
        let mut tx = store.read().await.expect("a transaction");
        let shown: Vec<String> =
            all(&mut tx).await.expect("read").iter().map(|h| format!("{} {} {}", h.vrf, h.address, h.mark)).collect();
        assert_eq!(shown, ["0 10.0.10.5 J-2/nic1/ipv4", "7 10.0.10.5 J-1/nic1/ipv4", "7 2001:db8::5 J-1/nic1/ipv6"]);
    })
    .await;
}

#[tokio::test]
async fn a_mark_moves_to_another_address_or_keeps_its_own() {
    on_both(async |store| {
        let [job, other] = jobs(&store).await;
        committed!(store, tx => {
            assert!(taken(&mut tx, 7, "10.0.10.5", "a", job).await);
            assert!(taken(&mut tx, 7, "10.0.10.6", "b", other).await);
            assert!(!taken(&mut tx, 7, "10.0.10.6", "a", job).await);
            let held: Vec<IpAddr> = held(&mut tx, 7, None).await.expect("read").iter().map(|h| h.address).collect();
            assert_eq!(held, [ip("10.0.10.5"), ip("10.0.10.6")], "a keeps what it had");
            assert!(taken(&mut tx, 0, "10.0.10.7", "a", job).await);
            assert!(taken(&mut tx, 7, "10.0.10.5", "c", other).await, "the first one is free again");
        });
    })
    .await;
}

#[tokio::test]
async fn what_is_held_in_a_prefix_in_the_order_of_numbers() {
    on_both(async |store| {
        let [job] = jobs(&store).await;
        let mut tx = store.write().await.expect("a transaction");
        for address in ["10.0.10.100", "10.0.10.9", "10.0.11.1", "2001:db8::a", "2001:db8::2"] {
            assert!(taken(&mut tx, 7, address, address, job).await);
        }
        assert!(taken(&mut tx, 8, "10.0.10.1", "elsewhere", job).await);
        for (prefix, shown) in [
            (Some("10.0.10.0/24"), "10.0.10.9 10.0.10.100"),
            (Some("2001:db8::/64"), "2001:db8::2 2001:db8::a"),
            (Some("192.0.2.0/24"), ""),
            (None, "10.0.10.9 10.0.10.100 10.0.11.1 2001:db8::2 2001:db8::a"),
        ] {
            let among = prefix.map(|p| p.parse().expect("a prefix"));
            let held = held(&mut tx, 7, among).await.expect("read");
            let addresses: Vec<String> = held.iter().map(|h| h.address.to_string()).collect();
            assert_eq!(addresses.join(" "), shown, "{prefix:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_hold_outlives_its_job_until_it_is_released() {
    on_both(async |store| {
        let [job] = jobs(&store).await;
        let mut tx = store.write().await.expect("a transaction");
        assert!(taken(&mut tx, 7, "10.0.10.5", "a", job).await);
        assert!(taken(&mut tx, 7, "10.0.10.6", "b", job).await);
        assert_eq!(all(&mut tx).await.expect("read")[0].job, Some(job));
        change!(tx, sqlx::query("delete from job where id = $1").bind(job.0)).expect("deleted");
        assert_eq!(all(&mut tx).await.expect("read")[0].job, None);
        assert!(release_mark(&mut tx, "a").await.expect("released"));
        assert!(!release_mark(&mut tx, "a").await.expect("gone"));
        assert!(release_address(&mut tx, 7, ip("10.0.10.6")).await.expect("released"));
        assert!(!release_address(&mut tx, 7, ip("10.0.10.6")).await.expect("gone"));
        assert_eq!(all(&mut tx).await.expect("read"), []);
    })
    .await;
}

#[tokio::test]
async fn of_several_who_want_an_address_at_once_one_gets_it() {
    on_both(async |store| {
        let mut asked = JoinSet::new();
        for job in jobs::<8>(&store).await {
            let store = store.clone();
            asked.spawn(async move {
                let mut tx = store.write().await.expect("a transaction");
                let mark = job.to_string();
                // Each has one already, so that half of them would move.
                if job.0 % 2 == 0 {
                    assert!(taken(&mut tx, 7, &format!("10.0.11.{}", job.0), &mark, job).await);
                }
                let is_ours = taken(&mut tx, 7, "10.0.10.5", &mark, job).await;
                tx.commit().await.expect("committed");
                is_ours
            });
        }
        assert_eq!(asked.join_all().await.into_iter().filter(|is_ours| *is_ours).count(), 1);
    })
    .await;
}
