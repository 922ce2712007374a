//! The gateway on bad days: whatever happens to the connection, the next command is answered once; and nobody is
//! stormed.

use super::{
    log,
    play::{CALLBACK, Play, Scene, cards, until},
};
use direttore_discord::{Discord, Paces, Settings};
use fake_discord::{Fake, Fault};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Pauses short enough for a test, and growing.
fn short(_: &Fake, settings: &mut Settings) {
    let back_off = (Duration::from_millis(20), Duration::from_millis(400));
    settings.paces = Paces { back_off, ..settings.paces };
}

fn scene() -> Scene {
    Scene::default().set(short)
}

/// How many connections there were, once the newest is known to be one.
async fn connects(p: &Play) -> u64 {
    let count = || p.stage.discord.counts().connects;
    until("it is connected", async || count() > 0).await;
    count()
}

/// A new connection since there were so many.
async fn is_back(p: &Play, connects: u64) {
    until("it connects again", async || p.stage.discord.counts().connects > connects).await;
    p.fake().sessions(1).await;
}

/// A slash command is answered, exactly once.
async fn answers_once(p: &Play) {
    let (heard, callbacks) = (p.stage.discord.counts().heard, p.asked("POST", CALLBACK).len());
    let told = p.says("viewer", "/whoami").await;
    assert!(told.len() == 1 && told[0].text().contains("you are viewer"), "{told:#?}");
    assert_eq!(p.stage.discord.counts().heard, heard + 1);
    assert_eq!(p.asked("POST", CALLBACK).len(), callbacks + 1);
}

#[tokio::test]
async fn asked_to_reconnect_it_resumes() {
    let play = async |p: &Play| {
        for _ in 0..3 {
            let before = connects(p).await;
            p.fake().ask_to_reconnect();
            is_back(p, before).await;
            answers_once(p).await;
        }
        assert_eq!(p.fake().identified(), 1, "a resume is no new session");
    };
    scene().play(play).await;
}

#[tokio::test]
async fn an_invalid_session_is_resumed_or_begun_anew() {
    let play = async |p: &Play| {
        for (resumable, sessions) in [(true, 1), (false, 2)] {
            let before = connects(p).await;
            p.fake().invalidate_sessions(resumable);
            is_back(p, before).await;
            answers_once(p).await;
            assert_eq!(p.fake().identified(), sessions, "resumable: {resumable}");
        }
    };
    scene().play(play).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_comes_back_and_nothing_is_missed() {
    let play = async |p: &Play| {
        for _ in 0..3 {
            let before = connects(p).await;
            p.fake().drop_connections();
            // Said while nobody listens: it comes with the resume.
            let asked = p.sends("viewer", "/whoami");
            is_back(p, before).await;
            assert!(asked.reply().await.text().contains("you are viewer"));
            answers_once(p).await;
        }
    };
    scene().play(play).await;
}

#[tokio::test]
async fn a_resume_that_is_refused_becomes_a_new_session() {
    let play = async |p: &Play| {
        p.fake().refuse_resumes(2);
        let before = connects(p).await;
        p.fake().drop_connections();
        is_back(p, before).await;
        answers_once(p).await;
        assert!((2..=3).contains(&p.fake().identified()), "{}", p.fake().identified());
    };
    scene().play(play).await;
}

#[tokio::test]
async fn after_a_close_that_means_no_harm_it_comes_back() {
    let play = async |p: &Play| {
        for code in [4000, 4009, 1001, 4001, 4008] {
            let before = connects(p).await;
            p.fake().close(code);
            is_back(p, before).await;
            answers_once(p).await;
        }
    };
    scene().play(play).await;
}

#[tokio::test]
async fn after_a_close_for_good_it_stays_away_and_says_why() {
    let codes = [
        (4004, "Discord closed the gateway for good: it does not accept the token (4004)"),
        (4014, "Discord closed the gateway for good: it does not allow our intents (4014)"),
    ];
    for (code, words) in codes {
        let play = async |p: &Play| {
            connects(p).await;
            p.fake().close(code);
            log::says(words).await;
            p.fake().sessions(0).await;
            // All else goes on.
            p.story.ask("operator", "/power start db2").await;
            p.story.settle().await;
            p.is_told().await;
            assert_eq!(p.in_channel("ops").len(), 1);
            assert_eq!((p.fake().identified(), p.stage.discord.counts().connects), (1, 1));
        };
        scene().by_rules(cards).play(play).await;
    }
}

#[tokio::test]
async fn with_a_revoked_token_it_is_told_at_the_next_connection() {
    let play = async |p: &Play| {
        p.fake().revoke_token();
        p.fake().drop_connections();
        log::says("for good: it does not accept the token").await;
        p.fake().sessions(0).await;
        assert_eq!(p.fake().identified(), 1);
    };
    scene().play(play).await;
}

#[tokio::test]
async fn when_heartbeats_are_not_answered_it_connects_again() {
    let world = super::stage::world().heartbeat_ms(150);
    let play = async |p: &Play| {
        let before = connects(p).await;
        p.fake().withhold_acks(true);
        until("it gives the connection up", async || p.stage.discord.counts().connects > before).await;
        p.fake().withhold_acks(false);
        p.fake().sessions(1).await;
        answers_once(p).await;
        p.fake().ask_for_heartbeat();
        answers_once(p).await;
    };
    scene().in_world(world).play(play).await;
}

/// Refused again and again, it tries ever slower, and is there at the first try that is let in.
#[tokio::test]
async fn nobody_is_stormed_by_a_bot_that_cannot_connect() {
    let play = async |p: &Play| {
        let (before, begin) = (connects(p).await, Instant::now());
        p.fake().refuse_connections(3);
        p.fake().drop_connections();
        is_back(p, before).await;
        // 20 ms, doubled each time, and at least half of that; serenity itself waits some seconds between.
        let least = Duration::from_millis(10 + 20 + 40);
        assert!(begin.elapsed() >= least, "three tries in {:?}", begin.elapsed());
        answers_once(p).await;
    };
    scene().play(play).await;
}

/// What stands in for Discord is down, or sends elsewhere: then there is no connection at all.
#[tokio::test]
async fn with_a_stand_in_nothing_else_is_ever_called() {
    let play = async |p: &Play| {
        let fake = p.fake();
        let again =
            |settings: Settings| Discord::new(settings, Arc::clone(p.dispatch())).expect("the fake's own certificate");
        p.stage.discord.stop().await;
        fake.sessions(0).await;
        let mut settings = p.stage.settings.clone();
        // Nobody listens there.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let stand_in = settings.stand_in.as_mut().expect("a stand-in");
        stand_in.addr = nobody.local_addr().expect("it is bound");
        drop(nobody);
        let bot = again(settings);
        bot.start();
        log::says("the gateway of Discord is not known yet: Discord cannot be reached").await;
        assert_eq!(bot.counts().connects, 0);
        bot.stop().await;
        // It is there, and has trouble.
        let bot = again(p.stage.settings.clone());
        fake.fault("GET", "/gateway", Fault::Status(503), 2);
        bot.start();
        fake.sessions(1).await;
        assert_eq!(p.asked("GET", "/gateway").len(), 4, "one at first, and three now");
        bot.stop().await;
    };
    scene().play(play).await;
}
