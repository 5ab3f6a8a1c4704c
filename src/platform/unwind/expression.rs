//! DWARF expressions: the few operations that tables of stubs, signal frames and functions with a
//! realigned stack are written in.

use super::cursor::Cursor;
use super::memory::Memory;
use super::registers::Registers;

/// Values on the stack of an expression.
const DEPTH: usize = 16;

/// Bytes of the longest expression that is evaluated. There are no jumps, so it bounds the time.
const LONGEST: usize = 256;

struct Stack {
    values: [usize; DEPTH],
    len: usize,
}

impl Stack {
    fn push(&mut self, value: usize) -> Option<()> {
        *self.values.get_mut(self.len)? = value;
        self.len += 1;
        Some(())
    }

    fn pop(&mut self) -> Option<usize> {
        self.len = self.len.checked_sub(1)?;
        self.values.get(self.len).copied()
    }

    /// The value `down` below the top.
    fn pick(&self, down: usize) -> Option<usize> {
        self.values.get(self.len.checked_sub(down + 1)?).copied()
    }
}

/// The value of the expression at `at`, which starts with its length. `first` is on the stack when
/// it begins. Nothing when it has an operation that is not known here, or makes no sense.
pub(super) fn evaluate(
    memory: &mut Memory,
    at: usize,
    registers: &Registers,
    first: Option<usize>,
) -> Option<usize> {
    let mut code = Cursor { at, end: at.checked_add(LONGEST)? };
    let len = code.unsigned(memory)?;
    code.end = code.at.checked_add(len).filter(|end| *end <= code.end)?;
    let mut stack = Stack { values: [0; DEPTH], len: 0 };
    if let Some(first) = first {
        stack.push(first)?;
    }
    while !code.is_at_end() {
        operate(memory, &mut code, registers, &mut stack)?;
    }
    stack.pop()
}

/// Executes one operation.
fn operate(
    memory: &mut Memory,
    code: &mut Cursor,
    registers: &Registers,
    stack: &mut Stack,
) -> Option<()> {
    let operation = code.byte(memory)?;
    let value = match operation {
        // deref
        0x06 => {
            let at = stack.pop()?;
            memory.long(at)?
        }
        // const1u to consts
        0x08 => usize::from(code.byte(memory)?),
        0x09 => code.byte(memory)? as i8 as usize,
        0x0a => usize::from(code.half(memory)?),
        0x0b => code.half(memory)? as i16 as usize,
        0x0c => code.word(memory)? as usize,
        0x0d => code.word(memory)? as i32 as usize,
        0x0e | 0x0f => code.long(memory)?,
        0x10 => code.unsigned(memory)?,
        0x11 => code.signed(memory)? as usize,
        // dup, drop, over
        0x12 => stack.pick(0)?,
        0x13 => return stack.pop().map(drop),
        0x14 => stack.pick(1)?,
        // plus_uconst
        0x23 => {
            let top = stack.pop()?;
            top.wrapping_add(code.unsigned(memory)?)
        }
        // lit0 to lit31
        0x30..=0x4f => usize::from(operation - 0x30),
        // breg0 to breg31
        0x70..=0x8f => {
            let register = registers.get(usize::from(operation - 0x70))?;
            register.wrapping_add_signed(code.signed(memory)?)
        }
        _ => {
            let (right, left) = (stack.pop()?, stack.pop()?);
            of_two(operation, left, right)?
        }
    };
    stack.push(value)
}

/// An operation on two values.
fn of_two(operation: u8, left: usize, right: usize) -> Option<usize> {
    let shift = |by: usize| u32::try_from(by).ok().filter(|by| *by < usize::BITS);
    let (signed_left, signed_right) = (left as isize, right as isize);
    Some(match operation {
        0x1a => left & right,
        0x1c => left.wrapping_sub(right),
        0x1e => left.wrapping_mul(right),
        0x21 => left | right,
        0x22 => left.wrapping_add(right),
        0x24 => shift(right).map_or(0, |by| left << by),
        0x25 => shift(right).map_or(0, |by| left >> by),
        0x27 => left ^ right,
        0x29 => usize::from(left == right),
        0x2a => usize::from(signed_left >= signed_right),
        0x2b => usize::from(signed_left > signed_right),
        0x2c => usize::from(signed_left <= signed_right),
        0x2d => usize::from(signed_left < signed_right),
        0x2e => usize::from(left != right),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::unwind::registers::STACK_POINTER;

    fn value_of(code: &[u8], registers: &Registers, first: Option<usize>) -> Option<usize> {
        let mut memory = Memory::new().unwrap();
        let bytes = [&[code.len() as u8], code].concat();
        evaluate(&mut memory, bytes.as_ptr().expose_provenance(), registers, first)
    }

    #[test]
    fn the_frame_of_a_stub_depends_on_where_the_stub_stands() {
        // breg7+8, breg16+0, lit15, and, lit11, ge, lit3, shl, plus: what linkers write.
        let code = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
        let mut registers = Registers::UNKNOWN;
        registers.set(STACK_POINTER, Some(0x1000));
        registers.go_on_at(Some(0x40_0006));
        assert_eq!(value_of(&code, &registers, None), Some(0x1008));
        registers.go_on_at(Some(0x40_000b));
        assert_eq!(value_of(&code, &registers, None), Some(0x1010));
    }

    #[test]
    fn a_saved_register_is_read_from_memory() {
        let saved = [5usize, 0x1234];
        let mut registers = Registers::UNKNOWN;
        registers.set(STACK_POINTER, Some(saved.as_ptr().expose_provenance()));
        assert_eq!(value_of(&[0x77, 8, 0x06], &registers, None), Some(0x1234));
        assert_eq!(value_of(&[0x23, 2], &registers, Some(5)), Some(7));
    }

    #[test]
    fn what_makes_no_sense_has_no_value() {
        let none = Registers::UNKNOWN;
        for code in [&[][..], &[0x22], &[0x30, 0x22], &[0x77, 0], &[0xe0], &[0x0e, 1], &[0x13]] {
            assert_eq!(value_of(code, &none, None), None, "{code:x?}");
        }
        assert_eq!(value_of(&[0x30; 17], &none, None), None);
        assert_eq!(value_of(&[0x30, 0x06], &none, None), None);
    }
}
