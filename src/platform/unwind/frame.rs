//! One step: from a frame to its caller's.

use super::expression::evaluate;
use super::memory::Memory;
use super::module::Module;
use super::program::{self, Rule, Start};
use super::registers::{COUNT, NEXT, Registers, SIGNAL_RETURN, STACK_POINTER};
use super::table;

/// The registers of the caller of the frame that has `registers` and runs code of `module`; none
/// at the outermost frame, or where the tables or the stack end or make no sense.
pub(super) fn caller_of(
    memory: &mut Memory,
    module: &Module,
    registers: &Registers,
) -> Option<Registers> {
    let address = registers.code_address()?;
    let entry = table::find(memory, module.index?, address)?;
    let row = program::row(memory, &entry, address)?;
    let start = match row.start {
        Start::From(register, offset) => registers.get(register)?.wrapping_add_signed(offset),
        Start::ValueOf(at) => evaluate(memory, at, registers, None)?,
    };
    let is_signal = entry.common.is_signal;
    // Callers' frames lie above, but a handler may run on a stack of its own, and a function that
    // was interrupted may have no frame.
    let stack = registers.get(STACK_POINTER)?;
    let is_above = if registers.is_interrupted { start >= stack } else { start > stack };
    if !is_signal && !is_above {
        return None;
    }
    let mut callers = Registers::UNKNOWN;
    callers.is_interrupted = is_signal;
    for (number, rule) in row.rules.into_iter().enumerate() {
        let value = match rule {
            Rule::Same if number == STACK_POINTER => Some(start),
            rule => value(memory, rule, number, start, registers),
        };
        callers.set(number, value);
    }
    let return_address = entry.common.return_address;
    let returns_to = match row.rules.get(return_address) {
        // It is still in a register before a function's first call. Behind a call it would be the
        // function's own address, and so it would always be where the register is `NEXT`.
        Some(Rule::Same) if registers.is_interrupted && return_address != NEXT => {
            registers.get(return_address)
        }
        Some(Rule::Same) | None => None,
        Some(_) => callers.get(return_address),
    };
    callers.go_on_at(returns_to);
    Some(callers)
}

/// The registers that a signal interrupted, if `registers` are those of the kernel's code that its
/// handler returns to, and tables do not say it.
pub(super) fn interrupted(memory: &mut Memory, registers: &Registers) -> Option<Registers> {
    let known = SIGNAL_RETURN?;
    if memory.long(registers.next()?)? != known.code {
        return None;
    }
    let at = registers.get(STACK_POINTER)?.checked_add(known.registers_at)?;
    let mut callers = Registers::UNKNOWN;
    callers.is_interrupted = true;
    for number in 0..COUNT {
        callers.set(number, memory.long(at.checked_add(number * size_of::<usize>())?));
    }
    Some(callers)
}

/// The caller's value of register `number`.
fn value(
    memory: &mut Memory,
    rule: Rule,
    number: usize,
    start: usize,
    registers: &Registers,
) -> Option<usize> {
    match rule {
        Rule::Same => registers.get(number),
        Rule::Undefined => None,
        Rule::At(offset) => memory.long(start.wrapping_add_signed(offset)),
        Rule::Is(offset) => Some(start.wrapping_add_signed(offset)),
        Rule::In(other) if other < COUNT => registers.get(other),
        Rule::In(_) => None,
        Rule::AtValueOf(at) => {
            let at = evaluate(memory, at, registers, Some(start))?;
            memory.long(at)
        }
        Rule::IsValueOf(at) => evaluate(memory, at, registers, Some(start)),
    }
}
