//! Walks of real stacks, and of tables and stacks that are nonsense.

use super::cursor::Cursor;
use super::module::{Module, Modules};
use super::registers::{COUNT, STACK_POINTER};
use super::*;
use crate::platform::processor::registers::FRAME_POINTER;
use std::hint::black_box;

fn stack() -> Vec<Frame> {
    let mut frames = [Frame::NONE; 64];
    let count = capture(&mut frames);
    frames[..count].to_vec()
}

#[inline(never)]
fn deep(levels: usize) -> Vec<Frame> {
    let frames = if levels == 0 { stack() } else { deep(levels - 1) };
    black_box(&frames);
    frames
}

#[test]
fn a_walk_finds_the_frames_of_this_test() {
    let frames = deep(10);
    assert!(frames.len() > 15, "{frames:x?}");
    // The call that recurs, by an address in the middle of the ten.
    let recurring = frames.iter().filter(|frame| frame.address == frames[6].address);
    assert!((9..=10).contains(&recurring.count()), "{frames:x?}");
    assert!(frames.iter().all(|frame| frame.bias.is_some()));
}

#[test]
fn a_walk_ends_where_there_is_no_more_room() {
    let mut few = [Frame::NONE; 2];
    assert_eq!(capture(&mut few), 2);
    assert_eq!(capture(&mut []), 0);
}

/// The generator of xorshift*, for nonsense that is the same in every run.
struct Nonsense(u64);

impl Nonsense {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

fn nonsense_registers(nonsense: &mut Nonsense, near: usize) -> Registers {
    let mut registers = Registers::UNKNOWN;
    for number in 0..COUNT {
        let value = match nonsense.next() % 4 {
            0 => None,
            1 => Some(nonsense.next()),
            _ => Some(near.wrapping_add(nonsense.next() % 8192).wrapping_sub(4096)),
        };
        registers.set(number, value);
    }
    registers
}

#[test]
fn nonsense_in_the_tables_ends_the_walk() {
    let mut nonsense = Nonsense(7);
    let mut memory = Memory::new().unwrap();
    for _ in 0..50_000 {
        let bytes = nonsense.bytes(64);
        let at = bytes.as_ptr().expose_provenance();
        let code = Cursor { at, end: at + bytes.len() };
        let entry = table::Entry {
            start: at,
            common: table::Common::of_nonsense(code, nonsense.next()),
            instructions: code,
        };
        let registers = nonsense_registers(&mut nonsense, at);
        if let Some(row) = program::row(&mut memory, &entry, at + nonsense.next() % 256) {
            black_box(row);
        }
        black_box(expression::evaluate(&mut memory, at, &registers, Some(at)));
        // An index whose form is right and whose contents are not.
        let mut index = bytes;
        index[..12].copy_from_slice(&[1, 0x1b, 3, 0x3b, 0, 0, 0, 0, 6, 0, 0, 0]);
        let at = index.as_ptr().expose_provenance();
        black_box(table::find(&mut memory, at, at + nonsense.next() % 64).is_some());
    }
}

/// A walk from any of these registers ends, and no frame but the first is outside all code.
#[test]
fn nonsense_on_the_stack_ends_the_walk() {
    let mut nonsense = Nonsense(11);
    let frames = deep(3);
    for _ in 0..30 {
        let words: Vec<usize> = (0..512).map(|_| nonsense.next()).collect();
        let at = words.as_ptr().expose_provenance();
        let mut registers = nonsense_registers(&mut nonsense, at + 2048);
        registers.set(STACK_POINTER, Some(at + nonsense.next() % 2048 / 8 * 8));
        let frame = frames[nonsense.next() % frames.len()];
        registers.go_on_at(Some(frame.address + 1));
        let mut memory = Memory::new().unwrap();
        let mut walked = [Frame::NONE; 24];
        let count = walk(&mut walked, Some(registers), &mut memory);
        assert!((1..=24).contains(&count));
    }
}

#[test]
fn a_stack_that_returns_to_itself_does_not_go_round() {
    let here = deep(0);
    let mut memory = Memory::new().unwrap();
    let mut modules = Modules::default();
    let module: Module = modules.find(&mut memory, here[1].address).unwrap();
    let mut registers = Registers::UNKNOWN;
    registers.go_on_at(Some(here[1].address + 1));
    registers.set(STACK_POINTER, Some(usize::MAX - 64));
    registers.set(FRAME_POINTER, Some(usize::MAX - 64));
    assert!(frame::caller_of(&mut memory, &module, &registers).is_none());
}
