"""The shipped library's machine code under symbolic execution.

Three rules keep a proof from losing cases in silence:

- an address that is not one number is only ever resolved to *all* numbers it can be (`RANGE`); where
  there are more than that, the path ends in an error;
- a path may end only where the proof expects it to; any other end is a failure;
- the conditions of all paths together must hold for every input (`Run.covers`).
"""

import io
import logging
import os
import pathlib

# Neither a thread's words nor an emulator are needed.
for noise in ("angr", "cle"):
    logging.getLogger(noise).setLevel(logging.CRITICAL)

import angr  # noqa: E402
import capstone
import claripy
from angr.concretization_strategies import SimConcretizationStrategyRange
from elftools.elf.elffile import ELFFile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = pathlib.Path(os.environ.get("STARMALLOC_LIB", ROOT / "target/release/libstarmalloc.so"))

TPOFF64 = 18
LEAVES = pathlib.Path(os.environ.get("STARMALLOC_LEAVES", ROOT / "target/proofs/libleaf.so"))
# Most addresses that one access may stand for.
RANGE = 1024
# Most blocks of code on all paths of a proof. The longest that ends has 74.
STEPS = 1000
# Where a function under proof returns to.
RETURN = 0x7FFF_0000_0000
STACK = 0x7FFE_0000_0000
THREAD = 0x7FFD_0000_0000


class Exhausted(RuntimeError):
    """There is more to go through than a proof may take: it says nothing."""


class Refuted(AssertionError):
    """A property does not hold, or its proof is incomplete."""


class Library:
    """The bytes of a library, and the places of its functions."""

    def __init__(self, data=None, path=SHIPPED):
        self.data = data if data is not None else path.read_bytes()
        elf = ELFFile(io.BytesIO(self.data))
        self.symbols = {}
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            if symbol["st_value"]:
                self.symbols[symbol.name] = (symbol["st_value"], symbol["st_size"])
        text = elf.get_section_by_name(".text")
        self.shift = text["sh_addr"] - text["sh_offset"]
        self.project = None
        # Where the loader notes how far the library's thread-local words are from a thread's base.
        table = elf.get_section_by_name(".rela.dyn")
        places = (each["r_offset"] for each in (table.iter_relocations() if table else ()) if each["r_info_type"] == TPOFF64)
        self.thread_offset = next(places, None)

    def place(self, name):
        """Address and length of a function, by its plain name or by the end of its Rust path."""
        if name in self.symbols:
            return self.symbols[name]
        coded = "".join(f"{len(part)}{part}" for part in name.split("::")) + "17h"
        found = {self.symbols[symbol] for symbol in self.symbols if coded in symbol}
        if len(found) != 1:
            raise LookupError(f"{len(found)} functions are named {name}")
        return found.pop()

    def address(self, name):
        return self.place(name)[0]

    def instructions(self, name):
        start, length = self.place(name)
        at = start - self.shift
        decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        decoder.detail = True
        return list(decoder.disasm(self.data[at : at + length], start))

    def patched(self, address, new):
        """A copy with other bytes at one address."""
        at = address - self.shift
        return Library(self.data[:at] + new + self.data[at + len(new) :])

    def state(self, function):
        """At the entry of a function, with nothing known of registers and memory but the program's own
        constants."""
        if self.project is None:
            options = {"base_addr": 0}
            self.project = angr.Project(
                io.BytesIO(self.data), auto_load_libs=False, main_opts=options
            )
        start = self.address(function) if isinstance(function, str) else function
        state = self.project.factory.blank_state(
            addr=start,
            add_options={
                angr.options.SYMBOL_FILL_UNCONSTRAINED_MEMORY,
                angr.options.SYMBOL_FILL_UNCONSTRAINED_REGISTERS,
                angr.options.NO_SYMBOLIC_JUMP_RESOLUTION,
            },
        )
        state.memory.read_strategies = [SimConcretizationStrategyRange(RANGE)]
        state.memory.write_strategies = [SimConcretizationStrategyRange(RANGE)]
        state.regs.rsp = STACK
        state.memory.store(STACK, claripy.BVV(RETURN, 64), endness="Iend_LE")
        state.regs.fs = THREAD
        state.regs.d = 1
        return state

    def run(self, state, ends):
        """Runs until every path is at one of `ends` (name -> address) or at `RETURN`."""
        names = {address: name for name, address in ends.items()} | {RETURN: "return"}
        before = list(state.solver.constraints)
        manager = self.project.factory.simulation_manager(state, save_unconstrained=True)
        waiting, paths, steps = manager.active, [], 0
        manager.stashes["active"] = []
        while waiting:
            state = waiting.pop()
            if state.addr in names:
                paths.append((names[state.addr], state))
                continue
            manager.stashes["active"] = [state]
            steps += 1
            if steps > STEPS:
                raise Refuted("a path does not end")
            # A block ends where a path may.
            manager.step(extra_stop_points=set(names))
            waiting.extend(manager.active)
            for stash, states in manager.stashes.items():
                if stash != "active" and states:
                    raise Refuted(f"a path ended as {stash}: {states}")
            if manager.errored:
                raise Refuted(f"a path ended in {manager.errored[0].error!r}")
            if len(waiting) + len(paths) > 4096:
                raise Exhausted("too many paths")
        return Run(self, before, paths)


class Hooks:
    """Instructions that are told in other words while a proof runs: each says first that its operands are
    what its words are about."""

    def __init__(self, library):
        self.library = library
        self.hooked = []

    def at(self, instruction, does):
        self.hooked.append((instruction, does))

    def __enter__(self):
        for instruction, does in self.hooked:
            self.library.project.hook(instruction.address, does, length=instruction.size)

    def __exit__(self, *_):
        for instruction, _does in self.hooked:
            self.library.project.unhook(instruction.address)


class Run:
    """All ways through a piece of code."""

    def __init__(self, library, given, paths):
        self.library = library
        self.given = given
        self.paths = paths
        ran = {block for _, state in paths for block in state.history.bbl_addrs}
        blocks = (library.project.factory.block(block) for block in ran)
        # Addresses of the instructions that some path went through.
        self.visited = {at for block in blocks for at in block.instruction_addrs}

    def covers(self):
        """Every input that was allowed at the start takes one of the paths."""
        taken = [claripy.And(*state.solver.constraints) for _, state in self.paths]
        solver = claripy.Solver(timeout=120_000)
        solver.add(self.given)
        solver.add(claripy.Not(claripy.Or(*taken)))
        if solver.satisfiable():
            raise Refuted("some inputs take no path")

    def at(self, *names):
        """The paths that end there: at least one."""
        found = [state for name, state in self.paths if name in names]
        if not found:
            raise Refuted(f"no path ends at {names}")
        return found

    def only(self, *names):
        """No path ends elsewhere."""
        for name, _ in self.paths:
            if name not in names:
                raise Refuted(f"a path ends at {name}")


def Implies(premise, conclusion):
    return claripy.Or(claripy.Not(premise), conclusion)


def is_valid(fact, premises=(), seconds=60):
    if fact.op == "__eq__" and isinstance(fact.args[0], claripy.ast.BV):
        # Two ways to write one polynomial cancel here; a solver would multiply bit by bit.
        difference = claripy.simplify(fact.args[0] - fact.args[1])
        if difference.op == "BVV" and difference.args[0] == 0:
            return True
    solver = claripy.Solver(timeout=seconds * 1000)
    solver.add(list(premises))
    solver.add(claripy.Not(fact))
    return not solver.satisfiable()


def holds(fact):
    """The fact holds for all values of what it names."""
    if not is_valid(fact):
        raise Refuted(f"{fact} does not hold")


def prove(state, *facts):
    """Each fact holds for every input that takes this path."""
    for fact in facts:
        if not is_valid(fact, state.solver.constraints):
            raise Refuted(f"{fact} does not hold")


def word(state, address, bits=64):
    return state.memory.load(address, bits // 8, endness="Iend_LE")


def put(state, address, value, bits=64):
    if isinstance(value, int):
        value = claripy.BVV(value, bits)
    state.memory.store(address, value, endness="Iend_LE")


def thread_word(library, state, value):
    """Sets the word in which a thread keeps its cache, which is the library's only thread-local one that
    the hot paths read."""
    offset = -0x20
    put(state, library.thread_offset, offset & (1 << 64) - 1)
    put(state, THREAD + offset, value)
    return THREAD + offset
