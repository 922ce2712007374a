//! The connection: signs in, listens, and puts what it hears into the inbox, together with how far it listened. So what a
//! sync brought is in the inbox, or is brought again.
//!
//! The SDK keeps a position of its own, before anybody has seen what came. Ours is what counts: the same sync once more
//! does no harm, since what is known is not put in again.

use crate::{
    events::{Seen, incoming, news},
    keys::{self, Standing},
    rooms::{self, House},
    sdk::meant,
    session::{self, Halt, Kept},
    surface::{Inner, State, is_connected},
    wire::{Error, Event, Wire},
    worker,
};
use direttore_core::dispatch::{Incoming, ToDo};
use direttore_domain::{Surface, measure};
use matrix_sdk::{
    Client,
    config::{SyncSettings, SyncToken},
    room::MessagesOptions,
    ruma::{
        RoomId,
        api::client::filter::{Filter, FilterDefinition, LazyLoadOptions, RoomEventFilter, RoomFilter},
        uint,
    },
    sync::{JoinedRoomUpdate, SyncResponse, Timeline},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedSender, unbounded_channel},
    },
    time::{Instant, sleep},
};

/// How long the homeserver may wait for something to tell.
const WAIT: Duration = Duration::from_secs(30);
/// How often rooms are looked after when nothing happens to them, and when something was left to be done.
const SETTLE: Duration = Duration::from_secs(300);
const UNSETTLED: Duration = Duration::from_secs(5);
/// How old a note may be of how far was listened, when nothing was heard since.
const NOTED: Duration = Duration::from_secs(60);
/// How long the first steps may take: until the store is open, until the first sync is there, until the keys are ready. The
/// SDK has been seen to wait for ever in them on a busy machine; with a client that is opened anew they go on where they
/// were.
const OPENED: Duration = Duration::from_secs(30);
const SYNCED: Duration = Duration::from_secs(60);
const PREPARED: Duration = Duration::from_secs(30);
/// How many times a hundred events a gap is read back.
const PAGES: usize = 5;

/// Listens while this process leads, as long as the task lives.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut leads = inner.leads.subscribe();
    is_connected(false);
    loop {
        inner.is(State::Waiting);
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        let (put, todo) = unbounded_channel();
        let stopped = tokio::select! {
            why = connections(&inner, &put) => Some(why),
            () = worker::run(Arc::clone(&inner), todo) => None,
            _ = leads.wait_for(|leads| !leads) => None,
        };
        inner.sdk.connect(None);
        is_connected(false);
        if let Some(why) = stopped {
            tracing::error!("there will be no connection to Matrix: {why}");
            inner.dispatch.is_stopped(Surface::Matrix, Some(why.clone()));
            inner.is(State::Stopped(why));
            // Another process may have what is missing here.
            inner.gives_up.send_replace(true);
            return;
        }
    }
}

/// Connects again and again; gives why that is of no use any more.
async fn connections(inner: &Inner, put: &UnboundedSender<ToDo>) -> String {
    inner.is(State::Connecting);
    for before in retried("the inbox cannot be read", || inner.dispatch.to_do(Surface::Matrix)).await {
        let _ = put.send(before);
    }
    let mut pause = Pause::new(inner);
    let mut dead = None;
    loop {
        let opened = tokio::time::timeout(OPENED, session::open(&inner.settings, dead.as_deref())).await;
        let late = || Err(Halt::Later(format!("its key store is not open after {} s", OPENED.as_secs())));
        let halt = match opened.unwrap_or_else(|_| late()) {
            Ok((client, kept)) => match listen(inner, &client, &kept, put, &mut pause).await {
                Ended::Token => {
                    dead = Some(kept.access_token);
                    Halt::Later("the homeserver does not accept the access token any more".to_owned())
                }
                Ended::Error(error) => Halt::Later(error.to_string()),
            },
            Err(halt) => halt,
        };
        inner.sdk.connect(None);
        match halt {
            Halt::Later(why) => pause.after(inner, &why, None).await,
            Halt::Never(why) => return why,
        }
    }
}

/// Pauses that double until something works.
struct Pause {
    first: Duration,
    longest: Duration,
    now: Duration,
}

impl Pause {
    fn new(inner: &Inner) -> Self {
        let (first, longest) = inner.settings.paces.back_off;
        Self { first, longest, now: first }
    }

    fn works(&mut self) {
        self.now = self.first;
    }

    /// `wanted` is how long the homeserver wants to be left alone.
    async fn after(&mut self, inner: &Inner, why: &str, wanted: Option<Duration>) {
        is_connected(false);
        tracing::warn!("there is no connection to Matrix: {why}");
        inner.is(State::Away(why.to_owned()));
        sleep(wanted.unwrap_or_default().max(self.now)).await;
        self.now = (self.now * 2).min(self.longest);
    }
}

/// Why listening ended.
enum Ended {
    Token,
    Error(Error),
}

/// Listens until the session is of no use any more.
async fn listen(inner: &Inner, client: &Client, kept: &Kept, put: &UnboundedSender<ToDo>, pause: &mut Pause) -> Ended {
    let place = format!("sync/{}", kept.device_id);
    let note = retried("how far was listened is not known", || inner.dispatch.kept(Surface::Matrix, &place));
    let since = note.await.and_then(|note| note["next"].as_str().map(str::to_owned));
    // Without a position no room is known yet, whatever was said in it before.
    let mut is_first = since.is_none();
    // A sync beside the SDK's first steps with the keys was seen to wait for them, and they for it.
    let first_steps = tokio::time::timeout(PREPARED, client.encryption().wait_for_e2ee_initialization_tasks()).await;
    if first_steps.is_err() {
        let why = format!("its keys are not ready after {} s", PREPARED.as_secs());
        return Ended::Error(Error::Away { why });
    }
    let mut brought = match tokio::time::timeout(SYNCED, sync(client, since.clone(), Duration::ZERO)).await {
        Ok(Ok(brought)) => brought,
        // What is to be done about it is the same as later.
        Ok(Err(_)) => match synced(inner, client, since, Duration::ZERO, pause).await {
            Ok(brought) => brought,
            Err(ended) => return ended,
        },
        Err(_) => {
            let why = format!("the first sync is not over after {} s", SYNCED.as_secs());
            return Ended::Error(Error::Away { why });
        }
    };
    if let Err(error) = prepare_keys(inner, client).await {
        return error;
    }
    inner.sdk.connect(Some(client.clone()));
    settle(inner, client).await;
    let rooms = Notify::new();
    let hear = async {
        let mut noted = None;
        loop {
            hear(inner, client, &brought, &place, is_first, put, &mut noted).await;
            is_connected(true);
            inner.is(State::Connected);
            if concerns_rooms(&brought, inner.sdk.me()) {
                rooms.notify_one();
            }
            is_first = false;
            brought = match synced(inner, client, Some(brought.next_batch), WAIT, pause).await {
                Ok(brought) => brought,
                Err(ended) => return ended,
            };
        }
    };
    let keep_rooms = async {
        loop {
            let _ = tokio::time::timeout(SETTLE, rooms.notified()).await;
            while !settle(inner, client).await {
                sleep(UNSETTLED).await;
            }
        }
    };
    tokio::select! {
        ended = hear => ended,
        never = keep_rooms => never,
    }
}

/// What a sync brings, however long that takes.
async fn synced(
    inner: &Inner,
    client: &Client,
    mut since: Option<String>,
    wait: Duration,
    pause: &mut Pause,
) -> Result<SyncResponse, Ended> {
    loop {
        let error = match sync(client, since.clone(), wait).await {
            Ok(brought) => {
                pause.works();
                return Ok(brought);
            }
            Err(error) => meant(&error),
        };
        match error {
            Error::Token => return Err(Ended::Token),
            Error::Refused { status: 400, .. } if since.is_some() => {
                tracing::warn!("the homeserver does not know how far was listened: {error}");
                since = None;
            }
            Error::Refused { .. } | Error::Ours { .. } => return Err(Ended::Error(error)),
            Error::Limited { wait } => pause.after(inner, &error.to_string(), Some(wait)).await,
            Error::Away { .. } => pause.after(inner, &error.to_string(), None).await,
        }
    }
}

async fn sync(client: &Client, since: Option<String>, wait: Duration) -> Result<SyncResponse, matrix_sdk::Error> {
    let mut timeline = RoomEventFilter::default();
    timeline.limit = Some(uint!(100));
    let mut state = RoomEventFilter::default();
    state.lazy_load_options = LazyLoadOptions::Enabled { include_redundant_members: false };
    let mut room = RoomFilter::default();
    (room.timeline, room.state) = (timeline, state);
    // Who is typing, and who is there, is nothing to us.
    room.ephemeral = RoomEventFilter::ignore_all();
    let mut filter = FilterDefinition::default();
    (filter.room, filter.presence) = (room, Filter::ignore_all());
    let token = since.map_or(SyncToken::NoToken, SyncToken::Specific);
    client.sync_once(SyncSettings::new().token(token).timeout(wait).filter(filter.into())).await
}

async fn prepare_keys(inner: &Inner, client: &Client) -> Result<(), Ended> {
    let prepared = tokio::time::timeout(PREPARED, keys::prepare(client, &inner.settings)).await;
    let late = || Ended::Error(Error::Away { why: format!("its keys are not ready after {} s", PREPARED.as_secs()) });
    let standing = prepared.map_err(|_| late())?.map_err(|error| match meant(&error) {
        Error::Token => Ended::Token,
        error => Ended::Error(error),
    })?;
    inner.sdk.sign(standing == Standing::Signed);
    if let Standing::Unsigned { why } = &standing {
        tracing::error!("Matrix: {why}; the bot is silent in encrypted rooms");
    }
    inner.stands(standing);
    Ok(())
}

async fn settle(inner: &Inner, client: &Client) -> bool {
    let Inner { settings, dispatch, talk, sdk, .. } = inner;
    rooms::settle(&House { client, settings, places: &sdk.places, dispatch, talk }).await
}

fn concerns_rooms(brought: &SyncResponse, me: &str) -> bool {
    let is_new = |update: &JoinedRoomUpdate| {
        seen(&update.timeline).iter().any(|event| event.is_tombstone() || event.is_arrival(me))
    };
    !brought.rooms.invited.is_empty() || brought.rooms.joined.values().any(is_new)
}

fn seen(timeline: &Timeline) -> Vec<Seen> {
    timeline.events.iter().filter_map(Seen::of).collect()
}

/// Puts what came into the inbox, and hands it on.
async fn hear(
    inner: &Inner,
    client: &Client,
    brought: &SyncResponse,
    place: &str,
    is_first: bool,
    put: &UnboundedSender<ToDo>,
    noted: &mut Option<Instant>,
) {
    let mut heard: Vec<Incoming> = Vec::new();
    let mut notes = vec![(place.to_owned(), json!({ "next": brought.next_batch }))];
    for (room, update) in &brought.rooms.joined {
        let events = in_room(inner, client, room, update, is_first, &mut notes).await;
        events.iter().filter_map(|event| event.redacts.as_deref()).for_each(|event| inner.withdraw(event));
        heard.extend(events.iter().filter_map(incoming));
    }
    for (room, update) in &brought.rooms.left {
        for (by, how) in seen(&update.timeline).iter().filter_map(|event| event.removal(inner.sdk.me())) {
            let how = if how == "ban" { "banned" } else { "removed" };
            tracing::warn!("{by} {how} the bot from the room {room}: nothing is told there any more");
            metrics::counter!(measure::CHAT_REMOVED, "surface" => Surface::Matrix.as_str()).increment(1);
            notes.push((format!("gone/{room}"), json!({ "by": by, "how": how })));
        }
    }
    // Its own words come back to it, one by one. To hear them once more costs less than a note of each.
    let is_worth_it = !heard.is_empty() || notes.iter().any(|(name, _)| name.starts_with("gone/"));
    if !is_worth_it && noted.is_some_and(|at| at.elapsed() < NOTED) {
        return;
    }
    *noted = Some(Instant::now());
    let kept = || inner.dispatch.put_in(Surface::Matrix, &heard, &notes);
    for todo in retried("what was heard cannot be kept yet", kept).await {
        inner.heard();
        let _ = put.send(todo);
    }
}

/// What is new in a room.
async fn in_room(
    inner: &Inner,
    client: &Client,
    room: &RoomId,
    update: &JoinedRoomUpdate,
    is_first: bool,
    notes: &mut Vec<(String, Value)>,
) -> Vec<Event> {
    let me = inner.sdk.me();
    let mut timeline = seen(&update.timeline);
    let Some(newest) = timeline.iter().rev().find_map(Seen::id).map(str::to_owned) else { return vec![] };
    let place = format!("seen/{room}");
    let note = retried("what was heard last is not known", || inner.dispatch.kept(Surface::Matrix, &place));
    let last = note.await.and_then(|note| note["event"].as_str().map(str::to_owned));
    notes.push((place, json!({ "event": newest })));
    let listens = client.get_room(room).is_some_and(|room| inner.sdk.places.listens(&room, &inner.settings));
    // Of a room that it never heard of it begins to listen now.
    if !listens || (last.is_none() && is_first) {
        return vec![];
    }
    let is_there = |timeline: &[Seen]| {
        timeline.iter().any(|event| (last.is_some() && event.id() == last.as_deref()) || event.is_arrival(me))
    };
    if update.timeline.limited && last.is_some() && !is_there(&timeline) {
        let from = update.timeline.prev_batch.clone();
        match read_back(client, room, from, is_there).await {
            Some(before) => timeline.splice(0..0, before).for_each(drop),
            None => was_away(inner, room, &newest).await,
        }
    }
    let now = inner.dispatch.now();
    news(&timeline, last.as_deref(), me).iter().filter_map(|event| event.event(room.as_str(), me, now)).collect()
}

/// What was said before, as far back as what was heard last; nothing when that is too far.
async fn read_back(
    client: &Client,
    room: &RoomId,
    mut from: Option<String>,
    is_there: impl Fn(&[Seen]) -> bool,
) -> Option<Vec<Seen>> {
    let room = client.get_room(room)?;
    let mut before: Vec<Seen> = Vec::new();
    for _ in 0..PAGES {
        let mut options = MessagesOptions::backward().from(from.as_deref()?);
        options.limit = uint!(100);
        let page = room.messages(options).await.ok()?;
        let older: Vec<Seen> = page.chunk.iter().rev().filter_map(Seen::of).collect();
        let is_found = is_there(&older);
        before.splice(0..0, older);
        if is_found {
            return Some(before);
        }
        from = page.end;
    }
    None
}

/// Says that something was not heard.
async fn was_away(inner: &Inner, room: &RoomId, newest: &str) {
    tracing::warn!("more was said in {room} than could be read back");
    let content = json!({
        "msgtype": "m.notice",
        "body": "I was away, and more was said here than I can read back. Whoever waits for an answer: say it again.",
        "m.mentions": {},
    });
    if let Err(error) = inner.sdk.send(room.as_str(), "m.room.message", content, &format!("away-{newest}")).await {
        tracing::warn!("{room} is not told of that: {error}");
    }
}

/// Asks until there is an answer: without it nothing may be passed over.
async fn retried<T, E, F>(what: &str, ask: impl Fn() -> F) -> T
where
    E: std::fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => tracing::warn!("Matrix: {what}: {error}"),
        }
        sleep(Duration::from_secs(1)).await;
    }
}
