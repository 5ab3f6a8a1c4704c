//! A balanced tree (AVL) of address ranges, ordered by their first address.
//!
//! The tree owns the links, not the memory: nodes are rows of a [`NodeStore`], named by index, and
//! whoever calls [`Tree::insert`] supplies a row that [`Tree::remove`] later hands back. A node
//! keeps its index for as long as its key is in the tree; removal relinks neighbours and never
//! moves contents between rows.
//!
//! Every walk is a loop with a path of fixed size, so stack use is bounded and nothing recurses.
//! Corrupted links cannot make a walk leave its path or run for ever: it gives up at the greatest
//! height a sound tree can have.
#![forbid(unsafe_code)]

mod node;

pub(crate) use node::{Node, NodeIndex, NodeStore};

use core::cmp::Ordering;
use node::Side;
use static_assertions::const_assert;

/// The longest path from the root that any walk follows.
const MAX_HEIGHT: usize = 48;

/// The fewest nodes an AVL tree of `height` can have.
const fn fewest_nodes(height: usize) -> u64 {
    let (mut lower, mut this) = (0_u64, 0_u64);
    let mut at = 0;
    while at < height {
        (lower, this) = (this, 1 + this + lower);
        at += 1;
    }
    this
}

// No tree with as many nodes as there are indices is higher than the path is long.
const_assert!(fewest_nodes(MAX_HEIGHT + 1) > u32::MAX as u64);

/// What became of an insertion.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Insertion {
    /// The key is in the tree and the node belongs to it.
    Done,
    /// The key was in the tree already; nothing changed and the node is still the caller's.
    KeyTaken,
    /// A path was longer than any sound tree's; nothing changed.
    Corrupt,
}

/// A node on the way from the root, and the link that was followed from it.
#[derive(Clone, Copy)]
struct Step {
    index: NodeIndex,
    side: Side,
}

/// The way from the root to some link, the root first.
struct Path {
    steps: [Option<Step>; MAX_HEIGHT],
    len: usize,
}

impl Path {
    const fn new() -> Self {
        Self { steps: [None; MAX_HEIGHT], len: 0 }
    }

    /// `None` when the path is as long as it may get.
    fn push(&mut self, index: NodeIndex, side: Side) -> Option<()> {
        *self.steps.get_mut(self.len)? = Some(Step { index, side });
        self.len += 1;
        Some(())
    }

    fn pop(&mut self) -> Option<Step> {
        self.len = self.len.checked_sub(1)?;
        self.steps.get(self.len).copied().flatten()
    }

    /// The step nearest to the end.
    fn last(&self) -> Option<Step> {
        self.steps.get(self.len.checked_sub(1)?).copied().flatten()
    }
}

/// The tree itself: its root. All bytes zero is the empty tree.
#[repr(transparent)]
pub(crate) struct Tree {
    root: Option<NodeIndex>,
}

impl Tree {
    /// A tree without nodes.
    pub(crate) const fn new() -> Self {
        Self { root: None }
    }

    /// Puts `key` and `value` into the row `index` and links it into the tree.
    pub(crate) fn insert<S: NodeStore>(
        &mut self,
        store: &mut S,
        index: NodeIndex,
        key: usize,
        value: S::Value,
    ) -> Insertion {
        let mut path = Path::new();
        let mut link = self.root;
        while let Some(at) = link {
            let node = store.load(at);
            let side = match key.cmp(&node.key) {
                Ordering::Less => Side::Left,
                Ordering::Greater => Side::Right,
                Ordering::Equal => return Insertion::KeyTaken,
            };
            if path.push(at, side).is_none() {
                return Insertion::Corrupt;
            }
            link = node.child(side);
        }
        store.store(index, Node { key, left: None, right: None, height: 1 });
        store.set_value(index, value);
        self.relink(store, path.last(), Some(index));
        self.rebalance(store, path);
        Insertion::Done
    }

    /// Unlinks the node of `key` and hands it back with its value.
    pub(crate) fn remove<S: NodeStore>(
        &mut self,
        store: &mut S,
        key: usize,
    ) -> Option<(NodeIndex, S::Value)> {
        let mut path = Path::new();
        let mut target = self.root?;
        let node = loop {
            let node = store.load(target);
            let side = match key.cmp(&node.key) {
                Ordering::Less => Side::Left,
                Ordering::Greater => Side::Right,
                Ordering::Equal => break node,
            };
            path.push(target, side)?;
            target = node.child(side)?;
        };
        let parent = path.last();
        let replacement = match (node.left, node.right) {
            (Some(_), Some(right)) => Some(take_place_of(store, &mut path, &node, right)?),
            (only, None) | (None, only) => only,
        };
        self.relink(store, parent, replacement);
        self.rebalance(store, path);
        Some((target, store.value(target)))
    }

    /// The node and value of exactly `key`.
    pub(crate) fn find<S: NodeStore>(
        &self,
        store: &S,
        key: usize,
    ) -> Option<(NodeIndex, S::Value)> {
        let (found, index, value) = self.find_at_or_below(store, key)?;
        (found == key).then_some((index, value))
    }

    /// The greatest key not above `key`, its node and its value.
    ///
    /// Answers which range may hold an interior pointer; the caller compares with the range's end.
    pub(crate) fn find_at_or_below<S: NodeStore>(
        &self,
        store: &S,
        key: usize,
    ) -> Option<(usize, NodeIndex, S::Value)> {
        let mut best = None;
        let mut link = self.root;
        for _ in 0..MAX_HEIGHT {
            let Some(at) = link else { break };
            let node = store.load(at);
            link = match key.cmp(&node.key) {
                Ordering::Less => node.left,
                Ordering::Equal => return Some((key, at, store.value(at))),
                Ordering::Greater => {
                    best = Some((node.key, at));
                    node.right
                }
            };
        }
        best.map(|(key, at)| (key, at, store.value(at)))
    }

    /// Gives `key` another value and returns the one it had; `None` when the key is not there.
    pub(crate) fn replace_value<S: NodeStore>(
        &mut self,
        store: &mut S,
        key: usize,
        value: S::Value,
    ) -> Option<S::Value> {
        let (index, old) = self.find(store, key)?;
        store.set_value(index, value);
        Some(old)
    }

    /// Calls `visitor` with every node, in ascending order of keys.
    #[cfg(test)]
    pub(crate) fn visit<S: NodeStore>(
        &self,
        store: &S,
        mut visitor: impl FnMut(NodeIndex, usize, S::Value),
    ) {
        let mut pending = Path::new();
        let mut link = self.root;
        loop {
            while let Some(at) = link {
                if pending.push(at, Side::Left).is_none() {
                    return;
                }
                link = store.load(at).left;
            }
            let Some(step) = pending.pop() else { return };
            let node = store.load(step.index);
            visitor(step.index, node.key, store.value(step.index));
            link = node.right;
        }
    }

    /// Makes `child` what the link at `step` leads to; without a step that is the root.
    fn relink<S: NodeStore>(
        &mut self,
        store: &mut S,
        step: Option<Step>,
        child: Option<NodeIndex>,
    ) {
        let Some(step) = step else {
            self.root = child;
            return;
        };
        let mut node = store.load(step.index);
        node.set_child(step.side, child);
        store.store(step.index, node);
    }

    /// Restores heights and balance from the end of `path` up to the root.
    fn rebalance<S: NodeStore>(&mut self, store: &mut S, mut path: Path) {
        while let Some(step) = path.pop() {
            let before = store.load(step.index).height;
            let top = balance(store, step.index);
            if top != step.index {
                self.relink(store, path.last(), Some(top));
            } else if store.load(top).height == before {
                // Nothing above can tell a difference.
                return;
            }
        }
    }
}

/// Puts the successor of `node` into its place in the subtree, and returns it.
///
/// `right` is the node's right child and `path` ends at the node's parent; on return the path
/// leads through the successor to the link that the successor was taken from.
fn take_place_of<S: NodeStore>(
    store: &mut S,
    path: &mut Path,
    node: &Node,
    right: NodeIndex,
) -> Option<NodeIndex> {
    let place = path.len;
    // The successor is not known yet; the step is corrected below.
    path.push(right, Side::Right)?;
    let mut successor = right;
    let mut moved = store.load(successor);
    while let Some(left) = moved.left {
        path.push(successor, Side::Left)?;
        successor = left;
        moved = store.load(successor);
    }
    if let Some(parent) = path.last().filter(|step| step.side == Side::Left) {
        let mut above = store.load(parent.index);
        above.left = moved.right;
        store.store(parent.index, above);
        moved.right = Some(right);
    }
    moved.left = node.left;
    moved.height = node.height;
    store.store(successor, moved);
    *path.steps.get_mut(place)? = Some(Step { index: successor, side: Side::Right });
    Some(successor)
}

/// The height of the subtree that `link` leads to.
fn height<S: NodeStore>(store: &S, link: Option<NodeIndex>) -> u8 {
    link.map_or(0, |index| store.load(index).height)
}

/// Recomputes a node's height from its children's.
fn update_height<S: NodeStore>(store: &mut S, index: NodeIndex) {
    let mut node = store.load(index);
    node.height = height(store, node.left).max(height(store, node.right)).saturating_add(1);
    store.store(index, node);
}

/// Balances the subtree at `index`, whose children are balanced, and returns its new top.
fn balance<S: NodeStore>(store: &mut S, index: NodeIndex) -> NodeIndex {
    let node = store.load(index);
    let (left, right) = (height(store, node.left), height(store, node.right));
    let heavy = if left > right.saturating_add(1) {
        Side::Left
    } else if right > left.saturating_add(1) {
        Side::Right
    } else {
        update_height(store, index);
        return index;
    };
    if let Some(child) = node.child(heavy) {
        let below = store.load(child);
        let outer = height(store, below.child(heavy));
        let inner = height(store, below.child(heavy.other()));
        if inner > outer {
            let top = lift(store, child, heavy.other());
            let mut node = node;
            node.set_child(heavy, Some(top));
            store.store(index, node);
        }
    }
    lift(store, index, heavy)
}

/// Rotates so that the child on `side` takes the place of `index`; returns that child.
fn lift<S: NodeStore>(store: &mut S, index: NodeIndex, side: Side) -> NodeIndex {
    let mut node = store.load(index);
    let Some(child) = node.child(side) else { return index };
    let mut top = store.load(child);
    node.set_child(side, top.child(side.other()));
    store.store(index, node);
    update_height(store, index);
    top.set_child(side.other(), Some(index));
    store.store(child, top);
    update_height(store, child);
    child
}

#[cfg(test)]
mod rotations;
#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
