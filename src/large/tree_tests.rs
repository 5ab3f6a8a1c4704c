//! Tests of the tree: every short sequence of steps, and long ones against the standard map.
#![forbid(unsafe_code)]

use super::{Insertion, MAX_HEIGHT, Node, NodeIndex, NodeStore, Tree, fewest_nodes};
use std::collections::{BTreeMap, HashSet};

/// Rows in a vector; the row of index zero is never used.
#[derive(Clone)]
pub(super) struct Rows(Vec<(Node, u64)>);

impl Rows {
    /// No row but that of index zero.
    pub(super) fn none() -> Self {
        Self(vec![(Node { key: 0, left: None, right: None, height: 0 }, 0)])
    }

    /// One more row, its key for a value, and its index.
    pub(super) fn add(&mut self, node: Node) -> NodeIndex {
        self.0.push((node, node.key as u64));
        NodeIndex::new(self.0.len() as u32 - 1).unwrap()
    }
}

impl NodeStore for Rows {
    type Value = u64;

    fn load(&self, index: NodeIndex) -> Node {
        self.0[index.get() as usize].0
    }

    fn store(&mut self, index: NodeIndex, node: Node) {
        self.0[index.get() as usize].0 = node;
    }

    fn value(&self, index: NodeIndex) -> u64 {
        self.0[index.get() as usize].1
    }

    fn set_value(&mut self, index: NodeIndex, value: u64) {
        self.0[index.get() as usize].1 = value;
    }
}

/// A tree, its rows, the rows that are free, and what the tree should hold.
struct Pair {
    tree: Tree,
    rows: Rows,
    free: Vec<u32>,
    model: BTreeMap<usize, u64>,
}

impl Clone for Pair {
    fn clone(&self) -> Self {
        let (rows, free, model) = (self.rows.clone(), self.free.clone(), self.model.clone());
        Self { tree: Tree { root: self.tree.root }, rows, free, model }
    }
}

impl Pair {
    fn new(rows: u32) -> Self {
        let empty = (Node { key: 0, left: None, right: None, height: 0 }, 0);
        Self {
            tree: Tree::new(),
            rows: Rows(vec![empty; rows as usize + 1]),
            free: (1..=rows).collect(),
            model: BTreeMap::new(),
        }
    }

    fn insert(&mut self, key: usize, value: u64) {
        let raw = *self.free.last().unwrap();
        let outcome = self.tree.insert(&mut self.rows, NodeIndex::new(raw).unwrap(), key, value);
        if self.model.contains_key(&key) {
            assert_eq!(outcome, Insertion::KeyTaken);
        } else {
            assert_eq!(outcome, Insertion::Done);
            self.free.pop();
            self.model.insert(key, value);
        }
    }

    fn remove(&mut self, key: usize) {
        let found = self.tree.find(&self.rows, key);
        let removed = self.tree.remove(&mut self.rows, key);
        assert_eq!(removed, found);
        assert_eq!(removed.map(|(_, value)| value), self.model.remove(&key));
        self.free.extend(removed.map(|(index, _)| index.get()));
    }

    /// Toggles whether `key` is present.
    fn toggle(&mut self, key: usize, value: u64) {
        if self.model.contains_key(&key) {
            self.remove(key);
        } else {
            self.insert(key, value);
        }
    }

    /// Checks balance, heights, order and contents.
    fn check(&self) {
        assert!(usize::from(self.sound(self.tree.root)) <= MAX_HEIGHT);
        let mut seen = Vec::new();
        self.tree.visit(&self.rows, |index, key, value| {
            assert_eq!(self.rows.load(index).key, key);
            seen.push((key, value));
        });
        let expected: Vec<_> = self.model.iter().map(|(key, value)| (*key, *value)).collect();
        assert_eq!(seen, expected);
    }

    /// The height of a subtree, after checking every node in it.
    fn sound(&self, link: Option<NodeIndex>) -> u8 {
        let Some(index) = link else { return 0 };
        let node = self.rows.load(index);
        let (left, right) = (self.sound(node.left), self.sound(node.right));
        assert!(left.abs_diff(right) <= 1, "unbalanced at {:#x}", node.key);
        assert_eq!(node.height, left.max(right) + 1, "height at {:#x}", node.key);
        node.height
    }
}

/// A small generator of pseudo-random numbers.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 31)) >> 8) % n
    }
}

#[test]
fn the_fewest_nodes_of_each_height_are_as_in_the_books() {
    assert_eq!([0, 1, 2, 3, 4, 5].map(fewest_nodes), [0, 1, 2, 4, 7, 12]);
    assert!(fewest_nodes(45) <= u64::from(u32::MAX));
}

#[test]
fn an_empty_tree_finds_nothing() {
    let mut pair = Pair::new(1);
    assert_eq!(pair.tree.find(&pair.rows, 1), None);
    assert_eq!(pair.tree.find_at_or_below(&pair.rows, usize::MAX), None);
    assert_eq!(pair.tree.remove(&mut pair.rows, 1), None);
    assert_eq!(pair.tree.replace_value(&mut pair.rows, 1, 2), None);
    pair.check();
}

/// Every sequence of six toggles over six keys: all small trees, all ways of emptying them.
#[test]
fn every_short_sequence_keeps_the_tree_sound() {
    const KEYS: usize = 6;
    const STEPS: u32 = 6;
    for sequence in 0..KEYS.pow(STEPS) {
        let mut pair = Pair::new(KEYS as u32);
        let mut rest = sequence;
        for _ in 0..STEPS {
            pair.toggle(0x1000 * (rest % KEYS + 1), rest as u64);
            pair.check();
            rest /= KEYS;
        }
    }
}

/// All trees that any sequence of steps over nine keys can lead to, however long, and every step from
/// each: insertion and removal of every key, present or not. Two trees with the same nodes in the same
/// places are one, whichever rows they lie in.
#[test]
fn every_step_from_every_tree_of_nine_keys_keeps_it_sound() {
    const KEYS: usize = 9;
    type Shape = Vec<(usize, usize)>;
    /// Keys with their depths, from left to right: that fixes a tree.
    fn shape(pair: &Pair, link: Option<NodeIndex>, depth: usize, seen: &mut Shape) {
        let Some(index) = link else { return };
        let node = pair.rows.load(index);
        shape(pair, node.left, depth + 1, seen);
        seen.push((node.key, depth));
        shape(pair, node.right, depth + 1, seen);
    }
    let start = Pair::new(KEYS as u32 + 1);
    let mut known = HashSet::from([Shape::new()]);
    let mut waiting = vec![start];
    while let Some(pair) = waiting.pop() {
        for step in 0..2 * KEYS {
            let mut next = pair.clone();
            let (mut before, mut after) = (Shape::new(), Shape::new());
            shape(&next, next.tree.root, 0, &mut before);
            let (key, size) = (step / 2 + 1, next.model.len());
            if step % 2 == 0 {
                next.insert(key, key as u64);
            } else {
                next.remove(key);
            }
            next.check();
            shape(&next, next.tree.root, 0, &mut after);
            assert_eq!(before == after, size == next.model.len(), "{before:?} {key}");
            let height = |shape: &Shape| shape.iter().map(|(_, depth)| depth + 1).max();
            let (old, new) = (height(&before).unwrap_or(0), height(&after).unwrap_or(0));
            assert!(if step % 2 == 0 { (old..=old + 1).contains(&new) } else { new + 1 >= old });
            assert!(step % 2 == 0 || new <= old);
            if known.insert(after) {
                waiting.push(next);
            }
        }
    }
    // All trees that are balanced: 1, 1, 2, 1, 4, 6, 4, 17, 32, 44 shapes of 0 to 9 nodes, times the
    // ways to choose as many keys.
    let choices: [usize; 10] = [1, 9, 36, 84, 126, 126, 84, 36, 9, 1];
    let shapes = [1, 1, 2, 1, 4, 6, 4, 17, 32, 44];
    let all: usize = choices.iter().zip(shapes).map(|(choices, shapes)| choices * shapes).sum();
    assert_eq!(known.len(), all);
}

/// Every order of inserting seven keys, then removing each one alone and all of them in order.
#[test]
fn every_order_of_insertion_survives_every_removal() {
    fn orders(left: &[usize], done: &mut Vec<usize>, check: &mut impl FnMut(&[usize])) {
        if left.is_empty() {
            check(done);
        }
        for (i, key) in left.iter().enumerate() {
            let mut others = left.to_vec();
            others.remove(i);
            done.push(*key);
            orders(&others, done, check);
            done.pop();
        }
    }
    let keys: Vec<usize> = (1..=7).collect();
    orders(&keys, &mut Vec::new(), &mut |order| {
        for victim in order {
            let mut pair = Pair::new(7);
            order.iter().for_each(|key| pair.insert(*key, 0));
            pair.remove(*victim);
            pair.check();
        }
        let mut pair = Pair::new(7);
        order.iter().for_each(|key| pair.insert(*key, 0));
        for key in &keys {
            pair.remove(*key);
            pair.check();
        }
    });
}

#[test]
fn long_random_runs_agree_with_the_standard_map() {
    const SEED: u64 = 20_260_703;
    println!("seed {SEED}");
    let mut draws = Draws(SEED);
    for keys in [3, 40, 700, 5000, 50_000] {
        let mut pair = Pair::new(keys as u32);
        for step in 0..20 * keys.max(1000) {
            let key = 0x1000 * (1 + draws.below(keys) as usize);
            match draws.below(8) {
                0..4 => pair.toggle(key, step),
                4 => pair.insert_if_room(key, step),
                5 => pair.remove(key),
                6 => {
                    let old = pair.tree.replace_value(&mut pair.rows, key, step);
                    assert_eq!(old, pair.model.get(&key).copied());
                    pair.model.entry(key).and_modify(|value| *value = step);
                }
                _ => {
                    let asked = key + draws.below(0x1000) as usize;
                    let found = pair.tree.find_at_or_below(&pair.rows, asked);
                    let expected = pair.model.range(..=asked).next_back();
                    assert_eq!(
                        found.map(|(key, _, value)| (key, value)),
                        expected.map(|(key, value)| (*key, *value))
                    );
                    let exact = pair.tree.find(&pair.rows, key).map(|(_, value)| value);
                    assert_eq!(exact, pair.model.get(&key).copied());
                }
            }
            if step % (97 + keys * keys / 10_000) == 0 {
                pair.check();
            }
        }
        pair.check();
    }
}

impl Pair {
    fn insert_if_room(&mut self, key: usize, value: u64) {
        if !self.free.is_empty() {
            self.insert(key, value);
        }
    }
}

#[test]
fn a_node_is_what_its_parts_say() {
    let links = [None, NodeIndex::new(1), NodeIndex::new(0x8000_0001), NodeIndex::new(u32::MAX)];
    for (left, right) in links.into_iter().flat_map(|left| links.map(|right| (left, right))) {
        let node = Node { key: 77, left, right, height: 9 };
        let (key, words, height) = node.parts();
        let number = |link: Option<NodeIndex>| u64::from(link.map_or(0, NodeIndex::get));
        assert_eq!(words, (number(left) << 32) + number(right));
        let again = Node::from_parts(key, words, height);
        assert_eq!((again.key, again.left, again.right), (77, left, right));
        assert_eq!(again.height, 9);
    }
}

#[test]
fn a_node_keeps_its_index_until_it_is_removed() {
    let mut pair = Pair::new(500);
    let mut owner = BTreeMap::new();
    for key in 1..=500 {
        pair.insert(key, 0);
        owner.insert(key, pair.tree.find(&pair.rows, key).unwrap().0);
    }
    for key in (1..=500).step_by(3) {
        assert_eq!(pair.tree.remove(&mut pair.rows, key).unwrap().0, owner.remove(&key).unwrap());
        for (key, index) in &owner {
            assert_eq!(pair.tree.find(&pair.rows, *key).unwrap().0, *index);
        }
    }
}

#[test]
fn links_in_a_circle_do_not_trap_a_walk() {
    let mut pair = Pair::new(3);
    (1..=3).for_each(|key| pair.insert(key, 0));
    let root = pair.tree.root.unwrap();
    let mut node = pair.rows.load(root);
    (node.left, node.right) = (Some(root), Some(root));
    pair.rows.store(root, node);
    let spare = NodeIndex::new(1).unwrap();
    assert_eq!(pair.tree.insert(&mut pair.rows, spare, 9, 0), Insertion::Corrupt);
    assert_eq!(pair.tree.remove(&mut pair.rows, 9), None);
    assert_eq!(pair.tree.find(&pair.rows, 9), None);
    pair.tree.visit(&pair.rows, |_, _, _| ());
}
