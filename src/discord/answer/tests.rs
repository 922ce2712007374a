use super::*;
use crate::{
    commands::describe,
    settings::{Delivery, Paces, Settings, StandIn},
    transport::Transport,
};
use fake_discord::{Fake, Handle, World};

/// A command that somebody gave, and what answers it. Nobody is connected, so nobody else hears of it.
async fn asked(fake: &Fake) -> (Handle, Answers) {
    let settings = Settings {
        token: fake.token(),
        application: fake.application_id(),
        guild: fake.guild_id("lab"),
        public_key: None,
        delivery: Delivery::Gateway,
        ops_channel: None,
        audit_channel: None,
        stand_in: Some(StandIn {
            addr: fake.tls_addr().expect("the world has TLS"),
            ca_pem: fake.ca_pem().expect("the world has TLS").to_owned(),
        }),
        paces: Paces::default(),
    };
    let transport = Transport::new(&settings).expect("the fake's own certificate");
    transport.put_commands(settings.guild, &describe(catalog())).await.expect("the fake takes them");
    let handle = fake.user("alice").in_channel("ops").slash("whoami", &[]).expect("it is registered");
    let answers = transport.of_interaction(handle.id(), handle.token());
    (handle, answers)
}

/// Whenever our code panics, the asker hears so, with a reference that is in the log.
#[tokio::test]
async fn a_panic_is_answered() {
    let Some(fake) = Fake::start(World::lab().tls()).await else { return };
    let before = async |_: &Answers| -> Result<(), Error> { panic!("before the acknowledgement") };
    let deferred = async |answers: &Answers| -> Result<(), Error> {
        first(answers, &Callback::Defer { is_ephemeral: true }).await?;
        panic!("while it thinks")
    };
    let answered = async |answers: &Answers| -> Result<(), Error> {
        let reply = render::message(&Reply::new(Tone::Info, "the answer"), true);
        first(answers, &Callback::Message(reply)).await?;
        panic!("after the answer")
    };
    for (number, messages) in [1, 1, 2].into_iter().enumerate() {
        let (handle, answers) = asked(&fake).await;
        let done = match number {
            0 => guarded(&answers, before(&answers)).await,
            1 => guarded(&answers, deferred(&answers)).await,
            _ => guarded(&answers, answered(&answers)).await,
        };
        assert_eq!(done, Ok(()));
        let told = handle.messages();
        assert_eq!(told.len(), messages, "{told:#?}");
        let last = told.last().expect("an answer");
        assert!(last.is_ephemeral() && !last.is_loading && last.text().contains("reference E-"), "{}", last.text());
        assert!(!last.text().contains("acknowledgement"), "what broke is nobody's affair");
    }
    fake.assert_clean();
}
