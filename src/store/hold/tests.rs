use super::*;
use crate::{
    account,
    trials::{NOW, committed, enqueued, jobs, on_both, operator},
};
use tokio::task::JoinSet;

fn lab() -> ClusterName {
    "lab".parse().expect("a name")
}

fn number(vmid: u32) -> Vmid {
    Vmid::try_from(vmid).expect("in range")
}

async fn taken(tx: &mut Tx, job: JobId, cluster: &ClusterName, name: &str, vmid: Option<u32>) -> Result<Taken> {
    let vmid = vmid.map(number);
    let size = (2, 2048, 32 * 1024);
    let (cores, memory_mib, disk_mib) = size;
    take(tx, &NewHold { job, cluster, name, vmid, account_id: None, cores, memory_mib, disk_mib, now: NOW }).await
}

#[tokio::test]
async fn a_name_and_a_vmid_are_one_jobs_in_each_cluster() {
    on_both(async |store| {
        let [a, b, c] = jobs(&store).await;
        let far: ClusterName = "far".parse().expect("a name");
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(taken(&mut tx, a, &lab(), "Web1", Some(120)).await, Ok(Taken::Yes));
        assert_eq!(taken(&mut tx, b, &lab(), "wEB1", Some(121)).await, Ok(Taken::Name(a)));
        assert_eq!(taken(&mut tx, b, &lab(), "web2", Some(120)).await, Ok(Taken::Vmid(a)));
        assert_eq!(taken(&mut tx, b, &lab(), "web2", None).await, Ok(Taken::Yes));
        assert_eq!(taken(&mut tx, c, &far, "web1", Some(120)).await, Ok(Taken::Yes), "another cluster");
        let hold = get(&mut tx, a).await.expect("read").expect("there");
        assert_eq!((hold.name.as_str(), hold.vmid, hold.memory_mib), ("web1", Some(number(120)), 2048));
        assert_eq!((hold.cores, hold.disk_mib, hold.created), (2, 32 * 1024, NOW));
        let jobs = |holds: Vec<Hold>| holds.iter().map(|h| h.job).collect::<Vec<_>>();
        assert_eq!(jobs(all(&mut tx, None).await.expect("read")), [c, a, b]);
        assert_eq!(jobs(all(&mut tx, Some(&lab())).await.expect("read")), [a, b]);
        assert!(release(&mut tx, a).await.expect("released"));
        assert!(!release(&mut tx, a).await.expect("gone"));
        assert_eq!(get(&mut tx, a).await.expect("read"), None);
        assert!(set_vmid(&mut tx, b, number(120)).await.expect("free again"));
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn a_job_takes_its_guest_twice_without_harm_and_no_second_guest() {
    on_both(async |store| {
        let [a, b] = jobs(&store).await;
        let mut tx = store.write().await.expect("a transaction");
        for vmid in [None, None, Some(120), Some(120), None, Some(121)] {
            assert_eq!(taken(&mut tx, a, &lab(), "web1", vmid).await, Ok(Taken::Yes), "{vmid:?}");
        }
        let vmid = get(&mut tx, a).await.expect("read").expect("there").vmid;
        assert_eq!(vmid, Some(number(121)), "the last one said");
        assert_eq!(taken(&mut tx, b, &lab(), "web2", Some(120)).await, Ok(Taken::Yes));
        assert_eq!(taken(&mut tx, a, &lab(), "web1", Some(120)).await, Ok(Taken::Vmid(b)));
        assert!(matches!(taken(&mut tx, a, &lab(), "web3", None).await, Err(StoreError::Refused(_))));
        assert_eq!(all(&mut tx, None).await.expect("read").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_vmid_that_another_has_is_told_and_the_transaction_goes_on() {
    on_both(async |store| {
        let [a, b, c] = jobs(&store).await;
        committed!(store, tx => {
            for (job, name) in [(a, "web1"), (b, "web2")] {
                taken(&mut tx, job, &lab(), name, None).await.expect("free");
            }
            assert!(set_vmid(&mut tx, a, number(120)).await.expect("free"));
            assert!(!set_vmid(&mut tx, b, number(120)).await.expect("the first has it"));
            assert!(set_vmid(&mut tx, b, number(121)).await.expect("the transaction goes on"));
            assert!(set_vmid(&mut tx, b, number(121)).await.expect("as it is"));
            let none = set_vmid(&mut tx, c, number(122)).await;
            assert_eq!(none, Err(StoreError::Refused(format!("{c} holds no guest"))));
        });
        let mut tx = store.read().await.expect("a transaction");
        let holds = all(&mut tx, None).await.expect("read");
        assert_eq!(holds.iter().map(|h| h.vmid).collect::<Vec<_>>(), [Some(number(120)), Some(number(121))]);
    })
    .await;
}

#[tokio::test]
async fn of_several_who_ask_at_once_one_gets_it() {
    on_both(async |store| {
        let mut all = JoinSet::new();
        for job in jobs::<8>(&store).await {
            let store = store.clone();
            all.spawn(async move {
                let mut tx = store.write().await.expect("a transaction");
                // Half of them want the same name, half the same VMID.
                let (name, vmid) = if job.0 % 2 == 0 { ("web1".to_owned(), job.0) } else { (format!("web{job}"), 120) };
                let vmid = 100 + u32::try_from(vmid).expect("small");
                let taken = taken(&mut tx, job, &lab(), &name, Some(vmid)).await.expect("told");
                tx.commit().await.expect("committed");
                taken
            });
        }
        let told = all.join_all().await;
        assert_eq!(told.iter().filter(|t| **t == Taken::Yes).count(), 2, "{told:?}");
        assert_eq!(told.iter().filter(|t| matches!(t, Taken::Name(_))).count(), 3, "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn plans_of_one_account_are_counted_one_after_another() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let mut all = JoinSet::new();
        for n in 0..8 {
            let (store, id) = (store.clone(), alice.id);
            all.spawn(async move {
                let mut tx = store.write().await.expect("a transaction");
                // The job refers to the account before the account is locked: that must not make two wait for each other.
                let job = enqueued(&mut tx, Some(id)).await;
                lock_account(&mut tx, id).await.expect("locked");
                let has_room = of_account(&mut tx, id).await.expect("read").len() < 3;
                if has_room {
                    let (cluster, name) = (&lab(), &format!("web{n}"));
                    let new = NewHold {
                        job,
                        cluster,
                        name,
                        vmid: None,
                        account_id: Some(id),
                        cores: 1,
                        memory_mib: 1,
                        disk_mib: 1,
                        now: NOW,
                    };
                    assert_eq!(take(&mut tx, &new).await, Ok(Taken::Yes));
                }
                tx.commit().await.expect("committed");
                has_room
            });
        }
        assert_eq!(all.join_all().await.into_iter().filter(|has_room| *has_room).count(), 3);
        let mut tx = store.read().await.expect("a transaction");
        lock_account(&mut tx, alice.id).await.expect("one that reads locks nothing");
    })
    .await;
}

#[tokio::test]
async fn a_hold_outlives_its_account_and_not_its_job() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let [job] = jobs(&store).await;
        committed!(store, tx => {
            let cluster = &lab();
            let account_id = Some(alice.id);
            let new = NewHold {
                job, cluster, name: "web1", vmid: None, account_id, cores: 1, memory_mib: 1, disk_mib: 1, now: NOW
            };
            take(&mut tx, &new).await.expect("free");
            assert!(account::delete(&mut tx, alice.id).await.expect("deleted"));
            assert_eq!(get(&mut tx, job).await.expect("read").expect("there").account_id, None);
            change!(tx, sqlx::query("delete from job where id = $1").bind(job.0)).expect("deleted");
            assert_eq!(get(&mut tx, job).await.expect("read"), None);
        });
    })
    .await;
}
