//! The one thread on which a repository is used: libgit2 blocks, and its handle stays where it is.

use super::{Error, Seal, Settings};
use git2::{Repository, RepositoryInitOptions};
use std::{fs, path::Path, sync::mpsc};
use tokio::sync::oneshot;

/// What runs there has at hand.
pub(super) struct Place {
    pub(super) repository: Repository,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) seal: Option<Seal>,
}

type Task = Box<dyn FnOnce(&Place) + Send>;

/// Ends with its last handle.
#[derive(Clone)]
pub(super) struct Thread(mpsc::Sender<Task>);

impl Thread {
    pub(super) async fn start(settings: Settings) -> Result<Self, Error> {
        let (tasks, inbox) = mpsc::channel::<Task>();
        let (opened, open) = oneshot::channel();
        let started = std::thread::Builder::new().name("history".to_owned()).spawn(move || {
            let place = open_or_make(&settings.path).map(|repository| Place {
                repository,
                name: settings.name,
                email: settings.email,
                seal: settings.seal,
            });
            let place = match place {
                Ok(place) => place,
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            let _ = opened.send(Ok(()));
            while let Ok(task) = inbox.recv() {
                task(&place);
            }
        });
        started.map_err(|error| Error::Failed { why: error.to_string() })?;
        open.await.map_err(|_| Error::Ended)??;
        Ok(Self(tasks))
    }

    /// A call that nobody waits for any more is carried out all the same: half a run is never written.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (done, answer) = oneshot::channel();
        let task: Task = Box::new(move |place| {
            let _ = done.send(work(place));
        });
        self.0.send(task).map_err(|_| Error::Ended)?;
        answer.await.map_err(|_| Error::Ended)?
    }
}

fn open_or_make(path: &Path) -> Result<Repository, Error> {
    let cannot = |why: String| Error::CannotOpen { path: path.to_owned(), why };
    let is_empty = match fs::read_dir(path) {
        Ok(mut inside) => inside.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(cannot(error.to_string())),
    };
    if is_empty {
        let mut options = RepositoryInitOptions::new();
        options.bare(true).mkpath(true).initial_head("master");
        return Repository::init_opts(path, &options).map_err(|error| cannot(error.message().to_owned()));
    }
    match Repository::open(path) {
        Ok(repository) => Ok(repository),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Err(Error::NotOurs { path: path.to_owned() }),
        Err(error) => Err(cannot(error.message().to_owned())),
    }
}
