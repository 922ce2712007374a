//! Two configurations, told apart: by lines as EOS does, by sections as Junos and IOS do.

use super::tree::{Node, Tree};

/// Lines of difference in the unified form, with `around` lines of context; empty when there is none.
pub fn unified(a: &[String], b: &[String], names: (&str, &str), around: usize) -> Vec<String> {
    let script = script(a, b);
    let is_change = |i: usize| script[i].0 != ' ';
    let changes: Vec<usize> = (0..script.len()).filter(|i| is_change(*i)).collect();
    let Some(first) = changes.first() else { return Vec::new() };
    let mut out = vec![format!("--- {}", names.0), format!("+++ {}", names.1)];
    let mut hunks = vec![(first.saturating_sub(around), first + around + 1)];
    for change in &changes[1..] {
        let last = hunks.last_mut().expect("the first one is there");
        if change.saturating_sub(around) <= last.1 {
            last.1 = change + around + 1;
        } else {
            hunks.push((change - around, change + around + 1));
        }
    }
    for (from, to) in hunks {
        let to = to.min(script.len());
        let count = |of: &[(char, &String)], sign: char| of.iter().filter(|(s, _)| *s == ' ' || *s == sign).count();
        let (old, new) = (count(&script[..from], '-') + 1, count(&script[..from], '+') + 1);
        let hunk = &script[from..to];
        out.push(format!("@@ -{old},{} +{new},{} @@", count(hunk, '-'), count(hunk, '+')));
        out.extend(hunk.iter().map(|(sign, line)| format!("{sign}{line}")));
    }
    out
}

/// What is kept, gone and new, in order, by the longest common subsequence.
fn script<'l>(a: &'l [String], b: &'l [String]) -> Vec<(char, &'l String)> {
    let mut common = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((' ', &a[i]));
            i += 1;
            j += 1;
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push(('-', &a[i]));
            i += 1;
        } else {
            out.push(('+', &b[j]));
            j += 1;
        }
    }
    out
}

/// What differs directly below one path.
#[derive(Debug, PartialEq, Eq)]
pub struct Change<'t> {
    pub path: Vec<&'t str>,
    pub gone: Vec<&'t Node>,
    pub new: Vec<&'t Node>,
}

/// By sections; the order of lines counts for nothing.
pub fn sections<'t>(a: &'t Tree, b: &'t Tree) -> Vec<Change<'t>> {
    let mut out = Vec::new();
    walk(a, b, &mut Vec::new(), &mut out);
    out
}

fn walk<'t>(a: &'t Tree, b: &'t Tree, path: &mut Vec<&'t str>, out: &mut Vec<Change<'t>>) {
    let lacks = |tree: &Tree, node: &Node| !tree.iter().any(|n| n.line == node.line);
    let gone: Vec<&Node> = a.iter().filter(|n| lacks(b, n)).collect();
    let new: Vec<&Node> = b.iter().filter(|n| lacks(a, n)).collect();
    if !gone.is_empty() || !new.is_empty() {
        out.push(Change { path: path.clone(), gone, new });
    }
    for node in a {
        if let Some(other) = b.iter().find(|n| n.line == node.line) {
            path.push(&node.line);
            walk(&node.under, &other.under, path, out);
            path.pop();
        }
    }
}

/// As `show archive config differences` writes it.
pub fn contextual(a: &Tree, b: &Tree) -> Vec<String> {
    let mut out = vec!["!Contextual Config Diffs:".to_owned()];
    for Change { path, gone, new } in sections(a, b) {
        for (depth, line) in path.iter().enumerate() {
            out.push(format!("{:depth$}{line}", ""));
        }
        for (sign, nodes) in [('+', new), ('-', gone)] {
            nodes.into_iter().for_each(|node| signed(sign, node, path.len(), &mut out));
        }
    }
    if out.len() == 1 {
        out.push("!No changes were found".to_owned());
    }
    out
}

fn signed(sign: char, node: &Node, depth: usize, out: &mut Vec<String>) {
    out.push(format!("{:depth$}{sign}{}", "", node.line));
    node.under.iter().for_each(|n| signed(sign, n, depth + 1, out));
}
