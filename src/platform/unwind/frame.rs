//! One step: from a frame to its caller's.

use super::expression::evaluate;
use super::memory::Memory;
use super::module::Module;
use super::program::{self, Rule, Start};
use super::registers::{COUNT, Registers, STACK_POINTER};
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
    // Callers' frames lie above, but a handler may run on a stack of its own.
    if !is_signal && start <= registers.get(STACK_POINTER)? {
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
    let returns_to = match row.rules.get(entry.common.return_address) {
        // A function that does not save it: its return address would be its own address.
        Some(Rule::Same) | None => None,
        Some(_) => callers.get(entry.common.return_address),
    };
    callers.go_on_at(returns_to);
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
