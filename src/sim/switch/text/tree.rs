//! A configuration: lines, and lines below them.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

pub type Tree = Vec<Node>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub line: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub under: Tree,
}

impl Node {
    pub fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), under: Vec::new() }
    }

    pub fn word(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }
}

/// What is written with indentation. Blank lines, `!` and `end` carry nothing.
pub fn parse(text: &str) -> Tree {
    let mut tree = Tree::new();
    // Indentation of the lines that are open.
    let mut open: Vec<usize> = Vec::new();
    for line in text.lines() {
        let body = line.trim();
        if body.is_empty() || body.starts_with('!') || body == "end" {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        while open.last().is_some_and(|last| *last >= depth) {
            open.pop();
        }
        let mut at = &mut tree;
        for _ in 0..open.len() {
            at = &mut at.last_mut().expect("a line is open, so it was written").under;
        }
        at.push(Node::new(body));
        open.push(depth);
    }
    tree
}

/// Lines with `indent` spaces for each level, and a `!` after each section.
pub fn print(tree: &[Node], indent: usize) -> Vec<String> {
    let mut out = Vec::new();
    for node in tree {
        out.push(node.line.clone());
        below(&node.under, indent, indent, &mut out);
        if !node.under.is_empty() || is_section(&node.line) {
            out.push("!".into());
        }
    }
    out
}

fn is_section(line: &str) -> bool {
    ["interface ", "vlan ", "router "].iter().any(|head| line.starts_with(head))
}

fn below(tree: &[Node], at: usize, indent: usize, out: &mut Vec<String>) {
    for node in tree {
        out.push(format!("{:at$}{}", "", node.line));
        below(&node.under, at + indent, indent, out);
    }
}

/// The lines below that path, if it is there.
pub fn find<'t>(tree: &'t Tree, path: &[String]) -> Option<&'t Tree> {
    path.iter().try_fold(tree, |at, line| at.iter().find(|n| n.line == *line).map(|n| &n.under))
}

/// The lines below that path, which is made as far as it is not there.
pub fn make<'t>(tree: &'t mut Tree, path: &[String]) -> &'t mut Tree {
    path.iter().fold(tree, |at, line| {
        let i = at.iter().position(|n| n.line == *line).unwrap_or_else(|| place(at, Node::new(line.as_str())));
        &mut at[i].under
    })
}

/// Puts a line behind its like, in natural order among them, or at the end; says where.
pub fn place(tree: &mut Tree, node: Node) -> usize {
    let is_like = |n: &Node| n.word() == node.word();
    let before = tree.iter().position(|n| is_like(n) && natural(&n.line, &node.line) == Ordering::Greater);
    let at = before.or_else(|| tree.iter().rposition(is_like).map(|i| i + 1)).unwrap_or(tree.len());
    tree.insert(at, node);
    at
}

/// `Ethernet2` before `Ethernet10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (pieces(a).into_iter(), pieces(b).into_iter());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(a), Some(b)) => match a.cmp(&b) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

/// Runs of digits as numbers, other runs as text.
fn pieces(text: &str) -> Vec<(u128, &str)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (run, left) = rest.split_at(end);
        out.push(if is_digit { (run.parse().unwrap_or(u128::MAX), "") } else { (0, run) });
        rest = left;
    }
    out
}
