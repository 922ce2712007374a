//! Calendar time in a story.

use super::story::{PATIENCE, Story};
use direttore_domain::{Zone, when};

impl Story {
    /// Calendar time passes, with all that falls due; what is told by itself is shown as it came.
    pub async fn passes(&self, said: &str) {
        self.pass(said).await;
        if let Some(news) = self.news_elsewhere().await {
            return news.into_iter().for_each(|seen| drop(self.show_other(seen)));
        }
        self.unasked(|_| true).await.iter().for_each(|reply| self.show(reply));
    }

    /// As [`Story::passes`], where much is made up for at once: jobs end meanwhile, and are shown last.
    pub async fn catches_up(&self, said: &str) {
        self.pass(said).await;
        let mut told = self.unasked(|_| true).await;
        told.sort_by_key(|reply| reply.id.ends_with(".end"));
        told.iter().for_each(|reply| self.show(reply));
    }

    async fn pass(&self, said: &str) {
        self.write(&format!("~  {said}\n"));
        let by = when::length(said).expect("a length");
        self.dispatch.pass(by, &self.channel(), PATIENCE).await.expect("the database answers");
    }

    /// From here on it is that moment, which must be ahead: `2040-01-02T09:00Z`.
    pub async fn it_is(&self, moment: &str) {
        let now = self.clock.now();
        let at = when::moment(moment, &when::Reading::new(now, Zone::UTC)).expect("a moment");
        self.clock.advance(at.since(now));
    }
}
