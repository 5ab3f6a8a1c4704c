//! The call stack of this thread, by the tables that compilers write for exceptions.
//!
//! A walk allocates nothing, takes no lock and asks neither libc nor the loader: the loader's lists
//! may be locked or half changed by the very call that is at fault. Modules are found in memory
//! itself. What the program may have damaged is not trusted: every read is checked first, every
//! loop has an end, and whatever makes no sense ends the walk, so that the stack is short, not wrong.

mod cursor;
mod expression;
mod frame;
mod memory;
mod module;
mod program;
mod registers;
mod table;

use memory::Memory;
use module::Modules;
use registers::Registers;

/// One function that is being executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Frame {
    /// Where it is: inside the call that it waits for, or at the instruction that a signal
    /// interrupted.
    pub(crate) address: usize,
    /// What the module's loading added to the addresses in its file, if it is in a module.
    pub(crate) bias: Option<usize>,
}

impl Frame {
    /// None.
    pub(crate) const NONE: Self = Self { address: 0, bias: None };
}

/// Code of the kernel's that a signal handler returns to.
pub(crate) struct SignalReturn {
    /// The eight bytes at the return address.
    pub(crate) code: usize,
    /// How far above the stack pointer the interrupted registers lie, by their numbers.
    pub(crate) registers_at: usize,
}

/// Fills `frames` with this thread's calls, innermost first, and returns how many there are. None
/// where the kernel does not say which memory can be read.
#[inline(never)]
pub(crate) fn capture(frames: &mut [Frame]) -> usize {
    let Some(mut memory) = Memory::new() else { return 0 };
    let mut start = [0; registers::KEPT];
    // Here and not in a function of its own, whose frame would be gone during the walk.
    registers::store_here!(start);
    walk(frames, Some(Registers::of_caller(&start)), &mut memory)
}

/// What loading added to the addresses of the module that code at `address` is in.
pub(crate) fn bias_at(address: usize) -> Option<usize> {
    let mut memory = Memory::new()?;
    Modules::default().find(&mut memory, address).map(|module| module.bias)
}

fn walk(frames: &mut [Frame], start: Option<Registers>, memory: &mut Memory) -> usize {
    let mut modules = Modules::default();
    let mut next = start;
    let mut count = 0;
    for place in frames {
        let Some(registers) = next else { break };
        let Some(address) = registers.code_address() else { break };
        let module = modules.find(memory, address);
        *place = Frame { address, bias: module.map(|module| module.bias) };
        count += 1;
        next = module
            .and_then(|module| frame::caller_of(memory, &module, &registers))
            .map(|callers| frame::interrupted(memory, &callers).unwrap_or(callers));
    }
    count
}

#[cfg(test)]
mod tests;
