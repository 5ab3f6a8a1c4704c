//! The tree, the lists of slabs and the lines of freed slots: row 0, for what goes wrong in them is no misuse.

use crate::table::{Mutation, edit};

const TREE: &str = "large/tree.rs";
const SLAB: &str = "central/slab.rs";

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        row: 0,
        what: "a rotation passes on what stood between",
        edits: &[edit(
            TREE,
            "node.set_child(side, top.child(side.other()));",
            "node.set_child(side, None);",
        )],
        tests: &[
            "unit::large::tree::rotations::a_rotation_moves_no_key_and_is_undone_by_the_other_one",
        ],
    },
    Mutation {
        row: 0,
        what: "where the inner side is higher two rotations are made",
        edits: &[edit(TREE, "if inner > outer {", "if inner > outer.saturating_add(1) {")],
        tests: &[
            "unit::large::tree::rotations::balancing_a_node_leaves_its_keys_and_raises_nothing",
        ],
    },
    Mutation {
        row: 0,
        what: "what takes a removed node's place takes its right side",
        edits: &[edit(TREE, "        moved.right = Some(right);\n", "")],
        tests: &[
            "unit::large::tree::rotations::what_is_put_in_and_taken_out_leaves_the_keys",
            "unit::large::tree::tests::every_step_from_every_tree_of_nine_keys_keeps_it_sound",
        ],
    },
    Mutation {
        row: 0,
        what: "a height is that of the higher side and one more",
        edits: &[edit(
            TREE,
            "height(store, node.left).max(height(store, node.right)).saturating_add(1)",
            "height(store, node.left).saturating_add(1)",
        )],
        tests: &[
            "unit::large::tree::tests::every_step_from_every_tree_of_nine_keys_keeps_it_sound",
        ],
    },
    Mutation {
        row: 0,
        what: "only an address that is a key is found",
        edits: &[edit(
            TREE,
            "(found == key).then_some((index, value))",
            "Some((index, value)).filter(|_| found <= key)",
        )],
        tests: &["unit::large::tree::tests::long_random_runs_agree_with_the_standard_map"],
    },
    Mutation {
        row: 0,
        what: "what is stored with a key can be replaced",
        edits: &[edit(
            TREE,
            "        store.set_value(index, value);\n        Some(old)\n",
            "        let _ = (index, value);\n        Some(old)\n",
        )],
        tests: &["unit::large::tree::tests::long_random_runs_agree_with_the_standard_map"],
    },
    Mutation {
        row: 0,
        what: "a key that is there is not put in again",
        edits: &[edit(
            TREE,
            "Ordering::Equal => return Insertion::KeyTaken,",
            "Ordering::Equal => Side::Right,",
        )],
        tests: &[
            "unit::large::tree::tests::every_step_from_every_tree_of_nine_keys_keeps_it_sound",
        ],
    },
    Mutation {
        row: 0,
        what: "the tree is balanced after a removal",
        edits: &[edit(
            TREE,
            "        self.relink(store, parent, replacement);\n        self.rebalance(store, path);\n",
            "        self.relink(store, parent, replacement);\n",
        )],
        tests: &[
            "unit::large::tree::tests::every_step_from_every_tree_of_nine_keys_keeps_it_sound",
            "unit::large::tree::tests::every_order_of_insertion_survives_every_removal",
        ],
    },
    Mutation {
        row: 0,
        what: "a slab that leaves a list leaves the rest of it",
        edits: &[edit(SLAB, "before.next = slab.next;", "before.next = 0;")],
        tests: &[
            "loom::central::slab::interleavings::each_slab_is_in_the_list_that_it_belongs_to",
            "loom::central::slab::interleavings::frames::a_slab_that_moves_leaves_the_order_of_all_others",
        ],
    },
    Mutation {
        row: 0,
        what: "slots are taken from the fullest slab",
        edits: &[edit(
            "central/store.rs",
            "        List::Partial16,\n        List::Partial32,\n        List::Partial48,",
            "        List::Partial16,\n        List::Partial48,\n        List::Partial32,",
        )],
        tests: &[
            "loom::central::slab::interleavings::frames::slots_are_taken_from_the_fullest_slab",
        ],
    },
    Mutation {
        row: 0,
        what: "only what is there is taken from a slab",
        edits: &[edit("central/store.rs", "    available.nth(rank)\n", "    Some(rank)\n")],
        tests: &[
            "loom::central::slab::interleavings::frames::slots_are_taken_from_the_fullest_slab",
        ],
    },
    Mutation {
        row: 0,
        what: "a step opens the slots up to its last",
        edits: &[edit(
            "central/grow.rs",
            "let mut opened = (u64::MAX >> (SLAB_SLOTS - (high - low))) << low;",
            "let mut opened = if high > low { u64::MAX << low } else { 0 };",
        )],
        tests: &[
            "loom::central::slab::interleavings::frames::what_is_opened_joins_one_list_and_moves_no_other",
        ],
    },
    Mutation {
        row: 0,
        what: "nothing is opened beyond a span",
        edits: &[edit(
            "central/grow.rs",
            "let end = (start + step).min(most);",
            "let end = start + step;",
        )],
        tests: &[
            "loom::central::slab::interleavings::frames::what_is_opened_joins_one_list_and_moves_no_other",
        ],
    },
    Mutation {
        row: 0,
        what: "what is taken counts as out",
        edits: &[edit(
            "central/store.rs",
            "        slab.out += taken;\n",
            "        slab.out += taken.min(1);\n",
        )],
        tests: &["loom::central::slab::interleavings::each_slab_is_in_the_list_that_it_belongs_to"],
    },
    Mutation {
        row: 0,
        what: "what is opened is listed apart from what was used",
        edits: &[edit(
            "central/grow.rs",
            "List::None if slab.is_empty() => List::Pristine,",
            "List::None if slab.is_empty() => slabs.young_empties(),",
        )],
        tests: &[
            "loom::central::slab::interleavings::frames::what_is_opened_joins_one_list_and_moves_no_other",
        ],
    },
    Mutation {
        row: 0,
        what: "a slot comes home once",
        edits: &[edit("central/slab.rs", "if available.has(bit) || out == 0 {", "if out == 0 {")],
        tests: &[
            "loom::central::slab::interleavings::frames::what_comes_home_twice_is_refused_and_changes_nothing",
        ],
    },
    Mutation {
        row: 0,
        what: "the newest quarter of a line stays",
        edits: &[edit(
            "cache/quarantine.rs",
            "let older = (line.len() - line.len() / 4).max(leaving);",
            "let older = line.len().max(leaving);",
        )],
        tests: &[
            "unit::cache::quarantine::tests::half_of_a_line_leaves_from_among_the_older_three_quarters",
        ],
    },
    Mutation {
        row: 0,
        what: "a line takes no more than it has room for",
        edits: &[edit(
            "cache/quarantine.rs",
            "if len >= part.quarantine_hot_cap {",
            "if len > part.quarantine_hot_cap {",
        )],
        tests: &[
            "unit::cache::quarantine::tests::slots_stand_in_a_line_as_they_came_until_it_is_full",
        ],
    },
    Mutation {
        row: 0,
        what: "the bits of an arena are those above a slot's number",
        edits: &[edit(
            "base/index.rs",
            "Some(Self((arena.get() as u32) << SLOT_BITS | number))",
            "Some(Self((arena.get() as u32) << (SLOT_BITS - 1) | number))",
        )],
        tests: &["unit::base::index::tests::slot_ids_take_apart_into_what_they_were_made_of"],
    },
    Mutation {
        row: 0,
        what: "what is handed out leaves the magazine",
        edits: &[
            edit(
                "cache/magazine.rs",
                "    part.magazine_len = last as u16;\n    Some(entries",
                "    part.magazine_len = (if last > 2 { last } else { last + 1 }) as u16;\n    Some(entries",
            ),
            // Nor is it told that the slot is in use.
            edit(
                "slot/life.rs",
                "            _ => return Err(Flaw::NotFree),\n",
                "            _ => {}\n",
            ),
        ],
        tests: &["api::no_overlap", "model::small_churn"],
    },
    Mutation {
        row: 0,
        what: "a length that is rounded is a multiple",
        edits: &[edit(
            "base/size.rs",
            "Some(sum) => Self::new(sum & !(unit - 1)),",
            "Some(sum) => Self::new(sum & !(unit / 2 - 1)),",
        )],
        tests: &["unit::base::size::tests::every_rounding_is_the_least_multiple_that_is_not_less"],
    },
];
