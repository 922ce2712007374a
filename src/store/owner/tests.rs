use super::*;
use crate::trials::{NOW, on_both, operator};

#[tokio::test]
async fn a_guest_has_one_owner() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let lab: ClusterName = "lab".parse().expect("a name");
        let far: ClusterName = "far".parse().expect("a name");
        let vmid = |n: u32| Vmid::try_from(n).expect("in range");
        let mut tx = store.write().await.expect("a transaction");
        set(&mut tx, &lab, vmid(101), "smbios:1", alice.id, NOW).await.expect("written");
        set(&mut tx, &lab, vmid(101), "smbios:2", bob.id, NOW).await.expect("given on");
        set(&mut tx, &lab, vmid(100), "m", alice.id, NOW).await.expect("written");
        set(&mut tx, &far, vmid(101), "m", alice.id, NOW).await.expect("another cluster's");
        let got = get(&mut tx, &lab, vmid(101)).await.expect("read").expect("there");
        assert_eq!((got.mark.as_str(), &got.account), ("smbios:2", &bob.name));
        let all: Vec<String> =
            all(&mut tx).await.expect("read").iter().map(|o| format!("{}/{}", o.cluster, o.vmid)).collect();
        assert_eq!(all, ["far/101", "lab/100", "lab/101"]);
        let of_alice = of_account(&mut tx, alice.id).await.expect("read");
        let of_alice: Vec<String> = of_alice.iter().map(|o| format!("{}/{}", o.cluster, o.vmid)).collect();
        assert_eq!(of_alice, ["far/101", "lab/100"]);
        let counts = (count(&mut tx, alice.id).await.expect("read"), count(&mut tx, bob.id).await.expect("read"));
        assert_eq!(counts, (2, 1));
        assert!(remove(&mut tx, &lab, vmid(101)).await.expect("removed"));
        assert!(!remove(&mut tx, &lab, vmid(101)).await.expect("gone"));
        assert_eq!(get(&mut tx, &lab, vmid(101)).await.expect("read"), None);
    })
    .await;
}
