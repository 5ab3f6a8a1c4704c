use super::{
    Cover, LOOPLESS, NARROW, TAIL, TAIL_SEEN, copy, first_nonzero, is_wiped, is_zero, wipe, zero,
};
use crate::base::addr::Addr;
use crate::base::index::ClassId;
use crate::geometry::classes::class_of;
use crate::platform::cpu;
use std::cell::Cell;

#[repr(align(16))]
struct Slot([u8; 1056]);

std::thread_local! {
    static ARE_VECTORS_LONG: Cell<bool> = const { Cell::new(true) };
}

/// Whether this thread takes the longest vectors of this processor.
#[cfg_attr(
    any(not(target_arch = "x86_64"), loom, shuttle),
    expect(dead_code, reason = "there is one length")
)]
pub(super) fn has_avx2() -> bool {
    ARE_VECTORS_LONG.get() && cpu::has_avx2()
}

/// Does it with the shorter vectors, and with the longer ones that this processor may have.
pub(crate) fn with_each_vector(check: impl Fn()) {
    for long in [false, true] {
        ARE_VECTORS_LONG.set(long);
        check();
    }
}

#[test]
fn zero_clears_the_request_and_keeps_the_canary() {
    with_each_vector(zero_clears_just_the_request);
}

fn zero_clears_just_the_request() {
    // The smallest slot has 8 bytes before its canary.
    for len in (8..=1040usize).step_by(8) {
        let usable = (len + 8).next_multiple_of(16) - 8;
        let mut slot = Slot([0xff; 1056]);
        slot.0[len..usable].fill(0);
        zero(Addr::of(&raw const slot.0), len);
        assert!(slot.0[..usable].iter().all(|byte| *byte == 0), "{len}");
        assert!(slot.0[usable..].iter().all(|byte| *byte == 0xff), "{len}");
    }
}

#[test]
fn one_bit_anywhere_is_seen() {
    with_each_vector(each_bit_is_seen);
}

fn each_bit_is_seen() {
    for len in (8..=1040).step_by(8) {
        let mut slot = Slot([0; 1056]);
        slot.0[len] = 1;
        assert!(is_zero(Addr::of(&raw const slot.0), len));
        for at in 0..len {
            slot.0[at] = 0x80;
            assert!(!is_zero(Addr::of(&raw const slot.0), len), "{at} of {len}");
            let found = first_nonzero(Addr::of(&raw const slot.0), len);
            assert_eq!(found, Some((at, 0x80)));
            slot.0[at] = 0;
        }
    }
}

const CANARY: u64 = 0x00a1_b2c3_d4e5_f601;

/// Bytes before the canary of each narrow slot, and of some that no class has.
fn narrow() -> impl Iterator<Item = usize> {
    let long = [632, 760, 888, 1016, NARROW].into_iter().filter(|len| has_way(*len));
    (8..=LOOPLESS).step_by(16).chain(long)
}

/// Whether slots of so many bytes, which may be long, are wiped without a loop here.
fn has_way(len: usize) -> bool {
    let cover = Cover::of(len);
    (cover.second, cover.way) != (Cover::NONE.second, Cover::NONE.way)
}

/// The same, with each slack that `wipe` takes.
fn slacks() -> impl Iterator<Item = (usize, usize)> {
    let most = |len: usize| if len > LOOPLESS { TAIL_SEEN } else { len.min(TAIL) };
    narrow().flat_map(move |len| (0..=most(len)).map(move |slack| (len, slack)))
}

fn class(len: usize) -> ClassId {
    class_of(len).unwrap()
}

/// A slot behind 16 bytes of its neighbour, with its canary; all but its slack is set.
fn left(len: usize, slack: usize) -> Slot {
    let mut slot = Slot([0xff; 1056]);
    slot.0[16 + len - slack..16 + len].fill(0);
    slot.0[16 + len..24 + len].copy_from_slice(&CANARY.to_ne_bytes());
    slot
}

fn at(slot: &Slot) -> Addr {
    Addr::of(&raw const slot.0).plus(16)
}

#[test]
fn a_slot_that_is_as_it_was_left_is_wiped() {
    with_each_vector(what_is_as_it_was_left_is_wiped);
}

fn what_is_as_it_was_left_is_wiped() {
    for (len, slack) in slacks() {
        let (slot, wiped) = (left(len, slack), left(len, len));
        assert!(wipe(at(&slot), len, class(len), slack, &Cover::of(len), CANARY), "{len} {slack}");
        assert_eq!(slot.0, wiped.0, "{len} {slack}");
    }
}

/// What needs loops or calls, or is not looked at as a whole, is left to others.
#[test]
fn a_slot_without_a_way_or_with_more_slack_is_left_alone() {
    with_each_vector(|| {
        for (len, slack) in [(NARROW, 0), (1016, TAIL), (LOOPLESS, TAIL + 1), (NARROW, TAIL_SEEN)] {
            let (slot, wiped) = (left(len, slack), left(len, len));
            let is_done = wipe(at(&slot), len, class(len), slack, &Cover::of(len), CANARY);
            assert_eq!(slot.0, if is_done { wiped.0 } else { left(len, slack).0 });
            assert!(!is_done || slack <= TAIL || len > LOOPLESS, "{slack} of {len}");
        }
    });
}

#[test]
fn a_slot_with_one_changed_bit_behind_the_request_is_left_alone() {
    with_each_vector(what_changed_behind_is_left_alone);
}

fn what_changed_behind_is_left_alone() {
    for (len, slack) in slacks() {
        for changed in len - slack..len + 8 {
            let mut slot = left(len, slack);
            slot.0[16 + changed] ^= 1 << (changed % 8);
            let before = slot.0;
            assert!(
                !wipe(at(&slot), len, class(len), slack, &Cover::of(len), CANARY),
                "{len} {slack} {changed}"
            );
            assert_eq!(slot.0, before);
        }
    }
}

#[test]
fn one_bit_anywhere_in_a_wiped_slot_is_seen() {
    with_each_vector(each_bit_in_a_wiped_slot_is_seen);
}

fn each_bit_in_a_wiped_slot_is_seen() {
    for len in narrow() {
        let mut slot = left(len, len);
        assert!(is_wiped(at(&slot), len, class(len), Cover::of(len), CANARY));
        for bit in 0..8 * (len + 8) {
            slot.0[16 + bit / 8] ^= 1 << (bit % 8);
            assert!(
                !is_wiped(at(&slot), len, class(len), Cover::of(len), CANARY),
                "bit {bit} of {len}"
            );
            slot.0[16 + bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn copies_are_exact() {
    let from = Slot(core::array::from_fn(|i| i as u8));
    let to = Slot([0; 1056]);
    copy(Addr::of(&raw const from.0), Addr::of(&raw const to.0), 77);
    assert_eq!(from.0[..77], to.0[..77]);
    assert_eq!(to.0[77], 0);
}
