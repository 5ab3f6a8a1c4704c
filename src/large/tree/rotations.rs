//! Single rotations, and the balancing of one node, of every tree that is small enough to list.
#![forbid(unsafe_code)]

use super::node::Side;
use super::tests::Rows;
use super::{Node, NodeIndex, NodeStore, Tree, balance, fewest_nodes, height, lift, update_height};

/// A tree as its nodes stand: keys with their heights, from left to right, and their depths.
type Shape = Vec<(usize, u8, usize)>;

const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// Every way to hang the keys of `keys` on one root, each under rows of its own in `rows`.
fn every_tree(rows: &mut Rows, keys: &[usize], highest: u8) -> Vec<Option<NodeIndex>> {
    if keys.is_empty() {
        return vec![None];
    }
    let mut all = Vec::new();
    for (at, key) in keys.iter().enumerate().filter(|_| highest > 0) {
        let rights = every_tree(rows, &keys[at + 1..], highest - 1);
        for left in every_tree(rows, &keys[..at], highest - 1) {
            for right in &rights {
                let node = Node { key: *key, left, right: *right, height: 1 };
                all.push(Some(rows.add(node)));
                update_height(rows, all.last().unwrap().unwrap());
            }
        }
    }
    all
}

fn shape(rows: &Rows, link: Option<NodeIndex>, depth: usize, seen: &mut Shape) {
    let Some(index) = link else { return };
    let node = rows.load(index);
    shape(rows, node.left, depth + 1, seen);
    seen.push((node.key, node.height, depth));
    shape(rows, node.right, depth + 1, seen);
}

fn seen_from(rows: &Rows, root: NodeIndex) -> Shape {
    let mut seen = Shape::new();
    shape(rows, Some(root), 0, &mut seen);
    seen
}

/// Whether every stored height is the real one; the real one, if so.
fn real_height(rows: &Rows, link: Option<NodeIndex>) -> Option<u8> {
    let Some(index) = link else { return Some(0) };
    let node = rows.load(index);
    let (left, right) = (real_height(rows, node.left)?, real_height(rows, node.right)?);
    (node.height == left.max(right) + 1).then_some(node.height)
}

fn is_balanced(rows: &Rows, link: Option<NodeIndex>) -> bool {
    let Some(index) = link else { return true };
    let node = rows.load(index);
    height(rows, node.left).abs_diff(height(rows, node.right)) <= 1
        && is_balanced(rows, node.left)
        && is_balanced(rows, node.right)
}

/// All binary trees of one to eight nodes, balanced or not, their root lifted each way: the order of the
/// keys stays, no node comes or goes, each height is right, the lifted child is the root's parent, and the other
/// way back gives the very same tree.
#[test]
fn a_rotation_moves_no_key_and_is_undone_by_the_other_one() {
    let mut rotated = 0;
    for size in 1..=8 {
        let keys: Vec<usize> = (1..=size).collect();
        let mut rows = Rows::none();
        for root in every_tree(&mut rows, &keys, 8).into_iter().flatten() {
            let before = seen_from(&rows, root);
            for side in SIDES {
                let child = rows.load(root).child(side);
                let top = lift(&mut rows, root, side);
                assert_eq!(top, child.unwrap_or(root));
                if child.is_some() {
                    let after = seen_from(&rows, top);
                    assert!(after.iter().map(|node| node.0).eq(keys.iter().copied()));
                    assert!(real_height(&rows, Some(top)).is_some());
                    assert_eq!(rows.load(top).child(side.other()), Some(root));
                    assert_eq!(lift(&mut rows, top, side.other()), root);
                    rotated += 1;
                }
                assert_eq!(seen_from(&rows, root), before);
            }
        }
    }
    // The trees of 1, 2, ... 8 nodes are 1, 2, 5, 14, 42, 132, 429, 1430; of those of n as many as there are of
    // n - 1 have no child on a given side.
    assert_eq!(rotated, 2 * (1 + 3 + 9 + 28 + 90 + 297 + 1001));
}

/// All pairs of balanced trees of heights to 4 that are two apart, and those less far apart of 18 keys at most,
/// below one root: what comes of balancing it is balanced, of the same keys in the same order, never higher
/// than before and at most one lower; and what was balanced stays as it was.
#[test]
fn balancing_a_node_leaves_its_keys_and_raises_nothing() {
    let mut uneven = 0;
    for size in 1..=19_usize {
        let keys: Vec<usize> = (1..=size).collect();
        for at in 0..size {
            let mut rows = Rows::none();
            let lefts = balanced_trees(&mut rows, &keys[..at]);
            let rights = balanced_trees(&mut rows, &keys[at + 1..]);
            let pairs =
                lefts.iter().flat_map(|left| rights.iter().map(move |right| (*left, *right)));
            for (left, right) in pairs {
                let (low, high) = (height(&rows, left), height(&rows, right));
                if low.abs_diff(high) > 2 {
                    continue;
                }
                let mut rows = rows.clone();
                let root = rows.add(Node { key: keys[at], left, right, height: 1 });
                update_height(&mut rows, root);
                let before = (rows.load(root).height, seen_from(&rows, root));
                let top = balance(&mut rows, root);
                let after = seen_from(&rows, top);
                assert!(is_balanced(&rows, Some(top)) && real_height(&rows, Some(top)).is_some());
                assert!(after.iter().map(|node| node.0).eq(keys.iter().copied()));
                let lost = before.0 - rows.load(top).height;
                if low.abs_diff(high) == 2 {
                    uneven += 1;
                    assert!(lost <= 1);
                } else {
                    assert_eq!((top, after), (root, before.1));
                }
            }
        }
    }
    // 1, 1, 3, 15, 315 balanced trees have heights of 0 to 4.
    assert_eq!(uneven, 2 * (3 + 15 + 3 * 315));
}

fn balanced_trees(rows: &mut Rows, keys: &[usize]) -> Vec<Option<NodeIndex>> {
    // No balanced tree of so few keys is higher.
    let highest = (1..).find(|height| fewest_nodes(*height as usize) > keys.len() as u64).unwrap();
    let mut all = every_tree(rows, keys, highest.min(4));
    all.retain(|link| is_balanced(rows, *link));
    all
}

/// Every balanced tree of one to nine keys: a key that is put in and taken out again leaves the keys as they
/// were, and one that is taken out and put in again too.
#[test]
fn what_is_put_in_and_taken_out_leaves_the_keys() {
    for size in 1..=9_usize {
        let keys: Vec<usize> = (1..=size).map(|key| key * 2).collect();
        let mut rows = Rows::none();
        let highest = if size < 7 { 3 } else { 4 };
        for root in every_tree(&mut rows, &keys, highest).into_iter().flatten() {
            if !is_balanced(&rows, Some(root)) {
                continue;
            }
            for key in 1..=2 * size + 1 {
                let mut rows = rows.clone();
                let spare = rows.add(Node { key: 0, left: None, right: None, height: 0 });
                let mut tree = Tree { root: Some(root) };
                if key % 2 == 0 {
                    let (row, value) = tree.remove(&mut rows, key).unwrap();
                    assert_eq!(tree.find(&rows, key), None);
                    let _ = tree.insert(&mut rows, row, key, value);
                } else {
                    let _ = tree.insert(&mut rows, spare, key, 7);
                    assert_eq!(tree.find(&rows, key), Some((spare, 7)));
                    assert_eq!(tree.remove(&mut rows, key), Some((spare, 7)));
                }
                let after = seen_from(&rows, tree.root.unwrap());
                assert!(after.iter().map(|node| node.0).eq(keys.iter().copied()));
                assert!(is_balanced(&rows, tree.root));
            }
        }
    }
}
