use super::*;
use crate::trials::{NOW, committed, on_both};

#[tokio::test]
async fn a_key_that_was_shown_stands_beside_the_one_that_is_known() {
    on_both(async |store| {
        let key = |n: u8| Key { fingerprint: format!("SHA256:{n}"), key: Some(format!("ssh-ed25519 AAAA{n}")) };
        let (now, later) = (NOW, Instant(NOW.0 + 1));
        committed!(store, tx => {
            assert_eq!(get(&mut tx, "device/1").await, Ok(None));
            offer(&mut tx, "device/1", &key(1), now).await.expect("offered");
            assert_eq!(get(&mut tx, "device/1").await, Ok(None), "shown is not believed");
            believe(&mut tx, "device/1", &key(1), "", now).await.expect("believed");
            offer(&mut tx, "device/1", &key(2), later).await.expect("offered");
            believe(&mut tx, "device/2", &key(3), "", now).await.expect("believed");
        });
        committed!(store, tx => {
            assert_eq!(get(&mut tx, "device/1").await, Ok(Some(key(1))));
            assert_eq!(offered(&mut tx, "device/1").await, Ok(Some(Offered { key: key(2), at: later })));
            assert_eq!(offered(&mut tx, "device/2").await, Ok(None));
            believe(&mut tx, "device/1", &key(2), "alice", later).await.expect("accepted");
            assert_eq!(get(&mut tx, "device/1").await, Ok(Some(key(2))));
            assert_eq!(offered(&mut tx, "device/1").await, Ok(None));
        });
    })
    .await;
}
