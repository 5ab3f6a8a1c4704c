//! The nodes of the tree: rows with a key, a value and links, named by index.
#![forbid(unsafe_code)]

use core::num::NonZeroU32;

/// Names a node of a [`NodeStore`]. An absent link is `None`, which is all bytes zero.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NodeIndex(NonZeroU32);

impl NodeIndex {
    /// `None` when `raw` is zero.
    pub(crate) const fn new(raw: u32) -> Option<Self> {
        match NonZeroU32::new(raw) {
            Some(raw) => Some(Self(raw)),
            None => None,
        }
    }

    /// The number this index was made from.
    pub(crate) const fn get(self) -> u32 {
        self.0.get()
    }
}

/// What a walk needs of a node's row: its key, and the links that only the tree writes. The value lies beside them.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(super) key: usize,
    pub(super) left: Option<NodeIndex>,
    pub(super) right: Option<NodeIndex>,
    /// Nodes on the longest path from here down, this one included.
    pub(super) height: u8,
}

impl Node {
    /// Its key, links and height, for a store that keeps them as words.
    pub(crate) fn parts(&self) -> (usize, u64, u8) {
        let link = |index: Option<NodeIndex>| u64::from(index.map_or(0, NodeIndex::get));
        (self.key, link(self.left) << 32 | link(self.right), self.height)
    }

    /// The node that `parts` took apart.
    pub(crate) fn from_parts(key: usize, links: u64, height: u8) -> Self {
        let link = |raw: u64| NodeIndex::new(raw as u32);
        Self { key, left: link(links >> 32), right: link(links), height }
    }
}

/// Where the nodes are. Total: every index that was given to the tree has a row.
pub(crate) trait NodeStore {
    /// What a key maps to.
    type Value: Copy;

    /// The node in the row `index`.
    fn load(&self, index: NodeIndex) -> Node;

    /// Replaces the node in the row `index`, whose value stays.
    fn store(&mut self, index: NodeIndex, node: Node);

    /// The value in the row `index`.
    fn value(&self, index: NodeIndex) -> Self::Value;

    /// Replaces the value in the row `index`, whose node stays.
    fn set_value(&mut self, index: NodeIndex, value: Self::Value);
}

/// Which of a node's links a walk followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Node {
    pub(super) fn child(&self, side: Side) -> Option<NodeIndex> {
        match side {
            Side::Left => self.left,
            Side::Right => self.right,
        }
    }

    pub(super) fn set_child(&mut self, side: Side, child: Option<NodeIndex>) {
        match side {
            Side::Left => self.left = child,
            Side::Right => self.right = child,
        }
    }
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}
