//! Configuration mode of Junos.

use super::{Cli, Mode, Own, UNKNOWN, back, change};
use crate::switch::{
    serve::{Echo, Gone, Line},
    shell::Next,
    state::Candidate,
    text::{Tree, braces, statement, tree},
};
use std::time::Duration;

impl Cli<'_> {
    pub(super) async fn enter(&mut self, mode: Mode) -> Result<(), Gone> {
        let (number, user) = (self.shell.who.number, self.shell.who.user.clone());
        let held = self.shell.device.with(|inner| inner.exclusive.clone()).filter(|(n, _)| *n != number);
        if let Some((_, by)) = held.filter(|_| !matches!(mode, Mode::Private(_))) {
            return self
                .shell
                .say(&format!(
                    "error: configuration database locked by:\n  {by} terminal pts/0\n      exclusive [edit]\n"
                ))
                .await;
        }
        let is_modified = self.shell.device.look(|s| s.shared.as_ref().is_some_and(Candidate::is_changed));
        if is_modified && mode != Mode::Shared {
            let what = if mode == Mode::Exclusive { "" } else { "shared " };
            return self.shell.say(&format!("error: {what}configuration database modified\n")).await;
        }
        match &mode {
            Mode::Private(_) => self.shell.say("warning: uncommitted changes will be discarded on exit\n").await?,
            _ => {
                if mode == Mode::Exclusive {
                    self.shell.device.with(|inner| inner.exclusive = Some((number, user.clone())));
                    self.shell.say("warning: uncommitted changes will be discarded on exit\n").await?;
                }
                self.shell.device.change(|s, _| {
                    let base = s.running.clone();
                    // What nobody changed is what runs by now.
                    s.shared.take_if(|c| !c.is_changed());
                    s.shared.get_or_insert_with(|| Candidate { tree: base.clone(), base, by: user });
                });
                if is_modified {
                    self.shell.say("The configuration has been changed but not committed\n").await?;
                }
            }
        }
        self.mode = Some(mode);
        self.at.clear();
        self.shell.say("Entering configuration mode\n").await
    }

    fn candidate(&self) -> Tree {
        match &self.mode {
            Some(Mode::Private(own)) => own.tree.clone(),
            _ => self.shell.device.look(|s| s.shared.as_ref().map_or_else(|| s.running.clone(), |c| c.tree.clone())),
        }
    }

    fn keep(&mut self, tree: Tree) {
        match &mut self.mode {
            Some(Mode::Private(own)) => own.tree = tree,
            _ => {
                let user = self.shell.who.user.clone();
                self.shell.device.change(|s, _| {
                    let base = s.running.clone();
                    s.shared.get_or_insert_with(|| Candidate { tree: Tree::new(), base, by: user }).tree = tree;
                });
            }
        }
    }

    fn base(&self) -> Tree {
        match &self.mode {
            Some(Mode::Private(own)) => own.base.clone(),
            _ => self.shell.device.look(|s| s.running.clone()),
        }
    }

    /// Configuration mode.
    pub(super) async fn configure(&mut self, line: &str) -> Result<Next, Gone> {
        let mut parts = line.split('|').map(str::trim);
        let said = if line.starts_with("set ") { line } else { parts.next().unwrap_or_default() };
        let pipes: Vec<&str> = parts.collect();
        let words: Vec<&str> = said.split_whitespace().collect();
        match words.as_slice() {
            ["run", ..] => return Box::pin(self.execute(line[3..].trim())).await,
            ["exit" | "quit"] if !self.at.is_empty() => self.at.clear(),
            ["exit" | "quit"] | ["exit", "configuration-mode"] => return self.leave().await,
            ["top"] => self.at.clear(),
            ["up"] => drop(self.at.pop()),
            ["edit", path @ ..] if !path.is_empty() => {
                let full: Vec<String> = self
                    .at
                    .iter()
                    .flat_map(|l| statement::words_of(l))
                    .chain(path.iter().map(|w| (*w).to_owned()))
                    .collect();
                match statement::lines_of(&full) {
                    Ok(level) => self.at = level,
                    Err(_) => self.shell.say("syntax error.\n").await?,
                }
            }
            ["set" | "delete", ..] => self.set(said).await?,
            ["load", "set" | "merge" | "override" | "replace" | "update", "terminal"] => self.load(words[1]).await?,
            ["show", path @ ..] => {
                let path: Vec<String> = path.iter().map(|w| (*w).to_owned()).collect();
                self.show(&path, &pipes).await?;
            }
            ["rollback"] => self.roll_back(0).await?,
            ["rollback", n] => match n.parse() {
                Ok(n) => self.roll_back(n).await?,
                Err(_) => self.shell.say(&format!("error: rollback {n} does not exist\n")).await?,
            },
            ["commit", rest @ ..] => {
                let rest = rest.to_vec();
                return self.commit(&rest).await;
            }
            _ => self.shell.say(&format!("{:>1$}^{UNKNOWN}", "", 0)).await?,
        }
        Ok(Next::Go)
    }

    async fn leave(&mut self) -> Result<Next, Gone> {
        if self.candidate() != self.base() {
            if self.mode == Some(Mode::Shared) {
                self.shell.say("The configuration has been changed but not committed\n").await?;
            }
            let question = match self.mode {
                Some(Mode::Shared) => "Exit with uncommitted changes? [yes,no] (yes) ",
                _ => {
                    "warning: private edits or exclusive changes would be lost\nDiscard uncommitted changes? [yes,no] (yes) "
                }
            };
            if self.shell.ask(question, Echo::On).await?.starts_with('n') {
                return Ok(Next::Go);
            }
        }
        self.out().await
    }

    async fn out(&mut self) -> Result<Next, Gone> {
        if self.mode == Some(Mode::Exclusive) {
            self.shell.device.release_lock(self.shell.who.number);
        }
        self.mode = None;
        self.at.clear();
        self.shell.say("Exiting configuration mode\n").await?;
        Ok(Next::Go)
    }

    async fn set(&mut self, line: &str) -> Result<(), Gone> {
        if self.shell.device.rejects(line) {
            return self.shell.say("    ^\nsyntax error.\n").await;
        }
        let mut tree = self.candidate();
        match change(&mut tree, &self.at, line) {
            Ok(()) => {
                self.keep(tree);
                Ok(())
            }
            Err(why) => self.shell.say(&why.concat()).await,
        }
    }

    async fn show(&mut self, path: &[String], pipes: &[&str]) -> Result<(), Gone> {
        let tree = self.candidate();
        if let Some(compare) = pipes.first().filter(|p| p.starts_with("compare")) {
            let from = match compare.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["compare"] => Some(self.base()),
                ["compare", "rollback", n] => n.parse().ok().and_then(|n| self.shell.device.look(|s| back(s, n))),
                _ => None,
            };
            let Some(from) = from else { return self.shell.say("syntax error.\n").await };
            return self.put(braces::compare(&from, &tree), &pipes[1..]).await;
        }
        let full: Vec<String> =
            self.at.iter().flat_map(|l| statement::words_of(l)).chain(path.iter().cloned()).collect();
        let Ok(level) = statement::lines_of(&full) else { return self.shell.say("syntax error.\n").await };
        let below = tree::find(&tree, &level).cloned().unwrap_or_default();
        if pipes.first() == Some(&"display set") {
            let head: String = full.iter().map(|w| format!("{w} ")).collect();
            let rows = statement::rows(&below).into_iter().map(|row| format!("set {head}{row}")).collect();
            return self.put(rows, &pipes[1..]).await;
        }
        self.put(braces::print(&below), pipes).await
    }

    /// Lines until control-D, all of which are taken or named.
    async fn load(&mut self, how: &str) -> Result<(), Gone> {
        self.shell.say("[Type ^D at a new line to end input]\n").await?;
        let mut text = String::new();
        while let Line::Text(line) = self.shell.term.line(Echo::On).await? {
            text.push_str(&line);
            text.push('\n');
        }
        let mut tree = self.candidate();
        let rejected = |line: &str| self.shell.device.rejects(line);
        let mut wrong: Vec<(usize, String)> = Vec::new();
        if how == "set" {
            for (i, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let done = if rejected(line) { Err(vec![line.to_owned()]) } else { change(&mut tree, &self.at, line) };
                if let Err(why) =
                    done.or_else(|why| if why.concat().starts_with("warning") { Ok(()) } else { Err(why) })
                {
                    wrong.push((i + 1, if why.len() > 1 { line.to_owned() } else { why.concat() }));
                }
            }
        } else {
            if how == "override" || how == "update" {
                tree.clear();
            }
            match braces::read(&text) {
                Err(at) => wrong.push(at),
                Ok(statements) => {
                    let (bad, good): (Vec<_>, Vec<_>) =
                        statements.into_iter().partition(|s| rejected(&s.words.join(" ")));
                    wrong.extend(bad.into_iter().map(|s| (s.line, s.words.join(" "))));
                    wrong.extend(braces::load(&mut tree, &good));
                }
            }
        }
        let mut said = String::new();
        for (line, what) in &wrong {
            said.push_str(&format!("terminal:{line}:(1) syntax error: {what}\n"));
        }
        // An override that is broken in the middle leaves the candidate as it was.
        if wrong.is_empty() || how != "override" {
            self.keep(tree);
        }
        said.push_str(&match wrong.len() {
            0 => "load complete\n".to_owned(),
            n => format!("load complete ({n} errors)\n"),
        });
        self.shell.say(&said).await
    }

    async fn roll_back(&mut self, n: usize) -> Result<(), Gone> {
        match self.shell.device.look(|s| back(s, n)) {
            Some(tree) => {
                self.keep(tree);
                self.shell.say("load complete\n").await
            }
            None => self.shell.say(&format!("error: rollback {n} does not exist\n")).await,
        }
    }

    async fn commit(&mut self, words: &[&str]) -> Result<Next, Gone> {
        let (mut minutes, mut is_check, mut is_quit, mut rest) = (None, false, false, words);
        let mut comment = String::new();
        loop {
            rest = match rest {
                [] => break,
                ["check", rest @ ..] => {
                    is_check = true;
                    rest
                }
                ["and-quit", rest @ ..] => {
                    is_quit = true;
                    rest
                }
                ["confirmed", n, rest @ ..] if n.parse::<u64>().is_ok_and(|n| (1..=65_535).contains(&n)) => {
                    minutes = n.parse().ok();
                    rest
                }
                ["confirmed", rest @ ..] => {
                    minutes = Some(10);
                    rest
                }
                // A comment may have blanks in it, and is the last thing but one.
                ["comment", text @ ..] if !text.is_empty() => {
                    is_quit |= text.last() == Some(&"and-quit");
                    let said = text.strip_suffix(&["and-quit"]).unwrap_or(text);
                    comment = said.join(" ").trim_matches('"').to_owned();
                    &[]
                }
                _ => {
                    self.shell.say("syntax error.\n").await?;
                    return Ok(Next::Go);
                }
            };
        }
        let number = self.shell.who.number;
        let held = self.shell.device.with(|inner| inner.exclusive.clone()).filter(|(n, _)| *n != number);
        if let Some((_, by)) = held {
            self.shell
                .say(&format!(
                    "error: configuration database locked by:\n  {by} terminal pts/0\n      exclusive [edit]\n"
                ))
                .await?;
            return Ok(Next::Go);
        }
        let tree = self.candidate();
        if let Err(why) = statement::check(&tree) {
            self.shell.say(&format!("{}\nerror: configuration check-out failed\n", why.join("\n"))).await?;
            return Ok(Next::Go);
        }
        if is_check {
            // Checking is as good as committing to a commit that waits to be confirmed.
            self.shell.device.change(|s, _| s.timer = None);
            self.shell.say("configuration check succeeds\n").await?;
            return Ok(Next::Go);
        }
        let (base, user) = (self.base(), self.shell.who.user.clone());
        let is_private = matches!(self.mode, Some(Mode::Private(_)));
        let running = self.shell.device.change(|s, now| {
            let mut next = tree.clone();
            if is_private && s.running != base {
                next.clone_from(&s.running);
                statement::patch(&mut next, &base, &tree);
            }
            let back = s.timer.take().map_or_else(|| s.running.clone(), |t| t.back);
            if let Some(minutes) = minutes {
                s.arm(back, None, &user, now, Duration::from_secs(minutes * 60));
            }
            s.run(next.clone(), &user, now);
            s.comment = comment;
            if !is_private {
                s.shared = Some(Candidate { tree: next.clone(), base: next.clone(), by: user });
            }
            next
        });
        if let Some(Mode::Private(own)) = &mut self.mode {
            **own = Own { tree: running.clone(), base: running };
        }
        if let Some(minutes) = minutes {
            self.shell
                .say(&format!(
                    "commit confirmed will be automatically rolled back in {minutes} minutes unless confirmed\n"
                ))
                .await?;
        }
        self.shell.say("commit complete\n").await?;
        if is_quit {
            return self.out().await;
        }
        if let Some(minutes) = minutes {
            self.shell.say(&format!("\n# commit confirmed will be rolled back in {minutes} minutes\n")).await?;
        }
        Ok(Next::Go)
    }
}
