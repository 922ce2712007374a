//! How many at once, giving up, and the way through another host.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::{
    server::{Act, Behaviour},
    *,
};

#[tokio::test]
async fn a_device_has_one_session_and_a_credential_its_share() {
    let at = Box::start(Behaviour::saying(b"")).await;
    let pool = Pool::new(Sizes { workers: 8, per_credential: 2, ..Sizes::default() });
    let (at, pool) = (&at, &pool);
    let most = |names: [&'static str; 6]| async move {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let each = names.map(|name| {
            let device = Arc::new(Device { name: name.to_owned(), ..device(at, "ipinfusion_ocnos") });
            let (now, most) = (now.clone(), most.clone());
            pool.call(device, move |link| {
                most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                let said = link.run(&["show x".to_owned()]);
                now.fetch_sub(1, SeqCst);
                said
            })
        });
        all_of(each).await;
        most.load(SeqCst)
    };
    assert_eq!(most(["one"; 6]).await, 1);
    assert_eq!(most(["a", "b", "c", "d", "e", "f"]).await, 2);
}

/// All at once, all well.
async fn all_of<T>(each: impl IntoIterator<Item = impl Future<Output = Result<Done<T>, Error>>>) {
    let mut all: Vec<_> = each.into_iter().map(std::boxed::Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|one| match one.as_mut().poll(cx) {
            std::task::Poll::Ready(done) => {
                done.expect("it goes well");
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_given_up_ends_its_session() {
    let mut at = Box::start(Behaviour::of(|line| match line {
        "show log" => Act::Trickle,
        _ => Act::Say(b"\r\nsw1#".to_vec()),
    }))
    .await;
    let device = Arc::new(device(&at, "ipinfusion_ocnos"));
    let call = tokio::spawn(async move { pool().call(device, |link| link.run(&["show log".to_owned()])).await });
    at.sessions.wait_for(|(now, _)| *now == 1).await.expect("it connects");
    call.abort();
    at.sessions.wait_for(|(now, _)| *now == 0).await.expect("it ends");
}

#[tokio::test]
async fn a_panic_is_told_and_harms_nobody() {
    let at = Box::start(Behaviour::saying(b"fine")).await;
    let (pool, device) = (pool(), Arc::new(device(&at, "ipinfusion_ocnos")));
    let panicked = pool.call(device.clone(), |_| -> Result<(), Error> { panic!("a mistake of the test's") }).await;
    assert_eq!(panicked.map(drop), Err(Error::Panicked));
    pool.call(device, |link| link.run(&["show x".to_owned()])).await.expect("the pool goes on");
}

#[tokio::test]
async fn devices_behind_a_host_share_its_session() {
    let hop = Box::start(Behaviour::saying(b"")).await;
    let at = Box::start(Behaviour::saying(&[b'x'; 300_000])).await;
    let peer = Arc::new(device(&hop, "linux").at);
    let behind = |name: &str| {
        let name = name.to_owned();
        Arc::new(Device { name, jump: Some(peer.clone()), ..device(&at, "ipinfusion_ocnos") })
    };
    let pool = pool();
    let run = |device| pool.call(device, |link| link.run(&["show x".to_owned()]));
    let (one, two) = tokio::join!(run(behind("one")), run(behind("two")));
    for done in [one, two] {
        let done = done.expect("it goes through");
        assert_eq!(done.value[0].text.len(), 300_000);
        assert!(done.jump_key.expect("the hop showed one").fingerprint != done.host_key.fingerprint);
    }
    run(behind("one")).await.expect("it goes through again");
    assert_eq!(hop.sessions.borrow().1, 1);

    let closed =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port is free").port();
    let mut nobody = device(&at, "ipinfusion_ocnos");
    (nobody.at.port, nobody.jump) = (closed, Some(peer.clone()));
    let refused = pool.call(Arc::new(nobody), |_| Ok(())).await;
    assert!(
        matches!(&refused, Err(Error::Jump { why, .. }) if matches!(**why, Error::Unreachable { .. })),
        "{refused:?}"
    );
}
