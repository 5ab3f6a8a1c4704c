//! The little programs that say, for each address of a function, where its frame starts and where
//! its caller's registers are.

use super::cursor::Cursor;
use super::memory::Memory;
use super::registers::COUNT;
use super::table::Entry;

/// Where the caller's value of a register is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    /// In the register itself.
    Same,
    /// Nowhere.
    Undefined,
    /// In memory, so far from the frame's start.
    At(isize),
    /// It is the address so far from the frame's start.
    Is(isize),
    /// In another register.
    In(usize),
    /// In memory, at the value of the expression at this address.
    AtValueOf(usize),
    /// It is the value of the expression at this address.
    IsValueOf(usize),
}

/// Where the frame starts: its canonical frame address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// So far from what a register holds.
    From(usize, isize),
    /// At the value of the expression at this address.
    ValueOf(usize),
}

/// The layout of a frame at one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// Where the frame starts.
    pub(super) start: Start,
    /// Where each register is.
    pub(super) rules: [Rule; COUNT],
}

/// States that a program can put aside; compilers use one.
const DEPTH: usize = 2;

struct Machine {
    row: Row,
    /// The rules that the common instructions left behind.
    initial: [Rule; COUNT],
    aside: [Row; DEPTH],
    depth: usize,
    /// The address that the row is for.
    address: usize,
    code_factor: usize,
    data_factor: isize,
}

/// The layout of the frame of the function that `entry` is about when it is at `address`.
pub(super) fn row(memory: &mut Memory, entry: &Entry, address: usize) -> Option<Row> {
    let empty = Row { start: Start::From(COUNT, 0), rules: [Rule::Same; COUNT] };
    let mut machine = Machine {
        row: empty,
        initial: empty.rules,
        aside: [empty; DEPTH],
        depth: 0,
        address: entry.start,
        code_factor: entry.common.code_factor,
        data_factor: entry.common.data_factor,
    };
    machine.run(memory, entry.common.instructions, usize::MAX)?;
    machine.initial = machine.row.rules;
    machine.run(memory, entry.instructions, address)?;
    Some(machine.row)
}

impl Machine {
    /// Executes instructions until the row is for `address`.
    fn run(&mut self, memory: &mut Memory, mut code: Cursor, address: usize) -> Option<()> {
        while !code.is_at_end() && self.address <= address {
            self.execute(memory, &mut code)?;
        }
        Some(())
    }

    fn execute(&mut self, memory: &mut Memory, code: &mut Cursor) -> Option<()> {
        let instruction = code.byte(memory)?;
        let low = usize::from(instruction & 0x3f);
        match instruction >> 6 {
            1 => self.advance(low),
            2 => {
                let rule = self.saved_at(code.unsigned(memory)? as isize);
                self.rule(low, rule);
            }
            3 => self.restore(low),
            _ if instruction <= 0x0b => self.execute_first_half(instruction, memory, code)?,
            _ => self.execute_second_half(instruction, memory, code)?,
        }
        Some(())
    }

    fn execute_first_half(
        &mut self,
        instruction: u8,
        memory: &mut Memory,
        code: &mut Cursor,
    ) -> Option<()> {
        match instruction {
            // nop
            0x00 => {}
            // advance_loc by one, two and four bytes
            0x02 => self.advance(usize::from(code.byte(memory)?)),
            0x03 => self.advance(usize::from(code.half(memory)?)),
            0x04 => self.advance(code.word(memory)? as usize),
            // offset_extended
            0x05 => {
                let register = code.unsigned(memory)?;
                let rule = self.saved_at(code.unsigned(memory)? as isize);
                self.rule(register, rule);
            }
            // restore_extended
            0x06 => {
                let register = code.unsigned(memory)?;
                self.restore(register);
            }
            // undefined, same_value
            0x07 | 0x08 => {
                let rule = if instruction == 0x07 { Rule::Undefined } else { Rule::Same };
                self.rule(code.unsigned(memory)?, rule);
            }
            // register
            0x09 => {
                let register = code.unsigned(memory)?;
                self.rule(register, Rule::In(code.unsigned(memory)?));
            }
            // remember_state, restore_state
            0x0a => {
                *self.aside.get_mut(self.depth)? = self.row;
                self.depth += 1;
            }
            0x0b => {
                self.depth = self.depth.checked_sub(1)?;
                self.row = *self.aside.get(self.depth)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn execute_second_half(
        &mut self,
        instruction: u8,
        memory: &mut Memory,
        code: &mut Cursor,
    ) -> Option<()> {
        match instruction {
            // def_cfa, def_cfa_sf
            0x0c => {
                let register = code.unsigned(memory)?;
                self.row.start = Start::From(register, code.unsigned(memory)? as isize);
            }
            0x12 => {
                let register = code.unsigned(memory)?;
                let offset = code.signed(memory)?.wrapping_mul(self.data_factor);
                self.row.start = Start::From(register, offset);
            }
            // def_cfa_register
            0x0d => {
                let Start::From(_, offset) = self.row.start else { return None };
                self.row.start = Start::From(code.unsigned(memory)?, offset);
            }
            // def_cfa_offset, def_cfa_offset_sf
            0x0e | 0x13 => {
                let Start::From(register, _) = self.row.start else { return None };
                let offset = match instruction {
                    0x0e => code.unsigned(memory)? as isize,
                    _ => code.signed(memory)?.wrapping_mul(self.data_factor),
                };
                self.row.start = Start::From(register, offset);
            }
            // def_cfa_expression
            0x0f => self.row.start = Start::ValueOf(expression(memory, code)?),
            // expression, val_expression
            0x10 | 0x16 => {
                let register = code.unsigned(memory)?;
                let at = expression(memory, code)?;
                let is_place = instruction == 0x10;
                self.rule(
                    register,
                    if is_place { Rule::AtValueOf(at) } else { Rule::IsValueOf(at) },
                );
            }
            // offset_extended_sf, val_offset, val_offset_sf
            0x11 => {
                let register = code.unsigned(memory)?;
                let rule = self.saved_at(code.signed(memory)?);
                self.rule(register, rule);
            }
            0x14 | 0x15 => {
                let register = code.unsigned(memory)?;
                let steps = match instruction {
                    0x14 => code.unsigned(memory)? as isize,
                    _ => code.signed(memory)?,
                };
                self.rule(register, Rule::Is(steps.wrapping_mul(self.data_factor)));
            }
            // negate_ra_state: return addresses are freed of signatures whether they have one or not
            0x2d => {}
            // GNU_args_size: of interest to exceptions only
            0x2e => drop(code.unsigned(memory)?),
            _ => return None,
        }
        Some(())
    }

    fn advance(&mut self, steps: usize) {
        self.address = self.address.saturating_add(steps.saturating_mul(self.code_factor));
    }

    fn saved_at(&self, steps: isize) -> Rule {
        Rule::At(steps.wrapping_mul(self.data_factor))
    }

    /// Sets a rule; the tables may speak of registers that are not of interest.
    fn rule(&mut self, register: usize, rule: Rule) {
        if let Some(place) = self.row.rules.get_mut(register) {
            *place = rule;
        }
    }

    fn restore(&mut self, register: usize) {
        let initial = self.initial.get(register).copied();
        self.rule(register, initial.unwrap_or(Rule::Same));
    }
}

/// Skips an expression and returns where its length is.
fn expression(memory: &mut Memory, code: &mut Cursor) -> Option<usize> {
    let at = code.at;
    let len = code.unsigned(memory)?;
    code.skip(len)?;
    Some(at)
}
