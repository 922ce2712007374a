//! How two texts differ, line by line, in the form that everybody reads (unified).

use similar::{Algorithm, TextDiff};
use std::fmt::Write;

/// Lines around a change.
const AROUND: usize = 3;

/// Above this many pairs of lines that may differ, finding the shortest difference takes too long.
const SEARCH: usize = 400_000_000;

/// Made of texts that are masked already: see [`super::Mask`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// Unified, without a head; empty when the texts are the same.
    pub text: String,
    pub added: usize,
    pub removed: usize,
}

impl Diff {
    pub fn of(before: &str, after: &str) -> Self {
        if before == after {
            return Self::default();
        }
        let old: Vec<&str> = before.lines().collect();
        let new: Vec<&str> = after.lines().collect();
        let alike = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let tail = old[alike..].iter().rev().zip(new[alike..].iter().rev()).take_while(|(a, b)| a == b).count();
        let (olds, news) = (old.len() - alike - tail, new.len() - alike - tail);
        if olds.saturating_mul(news) > SEARCH {
            return Self::replaced(&old, &new, alike, tail);
        }
        let found = TextDiff::configure().algorithm(Algorithm::Myers).diff_slices(&old, &new);
        let mut diff = Self::default();
        for group in found.grouped_ops(AROUND) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let olds = first.old_range().start..last.old_range().end;
            let news = first.new_range().start..last.new_range().end;
            diff.head((olds.start, olds.len()), (news.start, news.len()));
            for change in group.iter().flat_map(|op| found.iter_changes(op)) {
                diff.line(change.tag().into(), change.value());
            }
        }
        diff
    }

    /// With the two names above it, as programs that read diffs want them.
    pub fn named(&self, before: &str, after: &str) -> String {
        if self.is_empty() { String::new() } else { format!("--- {before}\n+++ {after}\n{}", self.text) }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// All that is between what is alike at both ends.
    fn replaced(old: &[&str], new: &[&str], alike: usize, tail: usize) -> Self {
        let mut diff = Self::default();
        let start = alike.saturating_sub(AROUND);
        let after = tail.min(AROUND);
        let (old_end, new_end) = (old.len() - tail, new.len() - tail);
        diff.head((start, old_end + after - start), (start, new_end + after - start));
        old[start..alike].iter().for_each(|line| diff.line(Sign::Same, line));
        old[alike..old_end].iter().for_each(|line| diff.line(Sign::Removed, line));
        new[alike..new_end].iter().for_each(|line| diff.line(Sign::Added, line));
        old[old_end..old_end + after].iter().for_each(|line| diff.line(Sign::Same, line));
        diff
    }

    fn head(&mut self, old: (usize, usize), new: (usize, usize)) {
        writeln!(self.text, "@@ -{} +{} @@", place(old), place(new)).expect("a string takes all");
    }

    fn line(&mut self, sign: Sign, line: &str) {
        let mark = match sign {
            Sign::Same => ' ',
            Sign::Removed => '-',
            Sign::Added => '+',
        };
        self.removed += usize::from(mark == '-');
        self.added += usize::from(mark == '+');
        self.text.push(mark);
        self.text.push_str(line);
        self.text.push('\n');
    }
}

#[derive(Clone, Copy)]
enum Sign {
    Same,
    Removed,
    Added,
}

impl From<similar::ChangeTag> for Sign {
    fn from(tag: similar::ChangeTag) -> Self {
        match tag {
            similar::ChangeTag::Equal => Self::Same,
            similar::ChangeTag::Delete => Self::Removed,
            similar::ChangeTag::Insert => Self::Added,
        }
    }
}

/// Lines are counted from one; a place without lines is named by the line before it.
fn place((start, length): (usize, usize)) -> String {
    match length {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{length}", start + 1),
    }
}
