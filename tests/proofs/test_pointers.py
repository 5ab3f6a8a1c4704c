"""From pointer to slot, in `malloc_usable_size`, and from slot to pointer, in `Slot::at`."""

import claripy
import pytest
from claripy import And, Not, UGE, ULE, ULT

from classes import LAST, USABLE
from layout import CANARY_OPTION, HOT_PATHS, Layout, division_lemma, reciprocal
from machine import Hooks, Implies, holds, is_valid, prove, put, word
from seeds import inverted

QUERY = "malloc_usable_size"
LARGE = "large::free::check"
CHECK = "Slot::check"
AT = "life::Slot::at"
# Spans of all rungs of the ladder are as long as one of these powers of two.
LONGEST = 28
OTHERS = (19, 21, 22, 23, 24, 25, 26, 27)


def landmarks(library):
    """The multiplication by the reciprocal, and where the code goes that finds no slot there."""
    code = library.instructions(QUERY)
    at = next(i for i, instruction in enumerate(code) if instruction.mnemonic == "mul")
    jump = next(each for each in code[at:] if each.mnemonic == "jne")
    return code[at], jump.operands[0].imm


def outside(library):
    """For every pointer and region: what lies outside goes to the large allocations, nothing else does."""
    state = library.state(QUERY)
    pointer = state.regs.rdi
    layout = Layout(library, state, LONGEST, 1)
    inside = next(
        each.address for each in library.instructions(QUERY) if each.mnemonic == "movzx"
    )
    run = library.run(state, {"inside": inside, LARGE: library.address(LARGE)})
    run.covers()
    within = ULT(pointer - layout.data, layout.data_bytes)
    for state in run.at(LARGE):
        prove(state, pointer != 0, Not(within), state.regs.rsi == pointer)
    for state in run.at("inside"):
        prove(state, pointer != 0, within)
    for state in run.at("return"):
        prove(state, pointer == 0, state.regs.rax == 0)
    return run


def prove_cells(library, state, layout, arena, slot, open_chunks, record):
    """The states of a slot and of the one before are looked up where they are, or, where their chunk was
    never opened, in a word that nobody writes."""
    is_open = ULT(claripy.LShR(slot, 11), open_chunks.zero_extend(32))
    cell, before = layout.state_of(arena, slot), layout.state_of(arena, slot - 1, 64)
    if not is_valid(is_open, state.solver.constraints):
        prove(state, Not(is_open))
        cell = before = claripy.BVV(library.address("tables::NEVER_USED"), 64)
    prove(state, word(state, record) == cell, word(state, record + 8) == before)


def inside(library, number, bits=LONGEST):
    """For every arena and byte of a span of one class: a slot is found exactly at the first byte of each but
    number 0, and its address, state and length are right."""
    state = library.state(QUERY)
    layout = Layout(library, state, bits, number)
    put(state, layout.page + HOT_PATHS, 1, 8)
    put(state, layout.page + CANARY_OPTION, 0, 8)
    arena = claripy.BVS("arena", 8).zero_extend(56)
    low = claripy.BVS("low", bits).zero_extend(64 - bits)
    span = ((arena << 6) | number) << bits
    pointer = layout.data + (span | low)
    state.regs.rdi = pointer
    within = low - layout.start
    state.solver.add(pointer != 0, ULT(pointer - layout.data, layout.data_bytes))

    multiply, nowhere = landmarks(library)
    hooks = Hooks(library)
    # How many chunks of the arena's spans can be read: any number.
    open_chunks = claripy.BVS("open_chunks", 32)
    table = library.address("chunks::WRITABLE")

    def read_table(state):
        prove(state, state.regs.rcx == table, state.regs.rsi == arena)
        state.regs.rcx = open_chunks.zero_extend(32)

    for instruction in library.instructions(QUERY):
        if instruction.op_str == "ecx, dword ptr [rcx + rsi*4]":
            hooks.at(instruction, read_table)
    # The lemma in place of 128 bits of multiplication: of what lies behind the start, `slot` is the quotient
    # by the slot size, and `low_half` below the reciprocal where nothing remains. Before the start nothing
    # is known of them.
    slot = claripy.BVS("slot", 64)
    low_half = claripy.BVS("low_half", 64)
    is_behind = UGE(low, layout.start)
    is_exact = ULT(low_half, reciprocal(number))

    def product(state):
        prove(state, state.regs.rax == within, state.regs.r9 == reciprocal(number))
        state.regs.rax, state.regs.rdx = low_half, slot

    is_class = 1 <= number <= LAST
    if is_class:
        most = division_lemma(number, 1 << bits)
        state.solver.add(claripy.Or(Not(is_behind), ULE(slot, most)))
        hooks.at(multiply, product)
    with hooks:
        run = library.run(state, {"nowhere": nowhere, CHECK: library.address(CHECK)})
    run.covers()
    if not is_class:
        run.only("nowhere")
        return run
    run.only("nowhere", CHECK)
    is_slot = And(is_behind, is_exact, slot != 0)
    for state in run.at("nowhere"):
        prove(state, Not(is_slot))
    # What is found is where the pointer is: with nothing left over, slot * size bytes behind the start.
    bytes_before = claripy.BVS("bytes_before", 64)
    place = layout.data + span + layout.start + bytes_before
    holds(Implies(low == layout.start + bytes_before, place == pointer))
    for state in run.at(CHECK):
        record = state.regs.rsi
        prove(
            state,
            is_slot,
            word(state, record + 0x10) == layout.address_of(arena, slot),
            word(state, record + 0x18) == USABLE[number],
        )
        prove_cells(library, state, layout, arena, slot, open_chunks, record)
    return run


def back(library, number):
    """`Slot::at`, for every layout, arena and slot of a class: the address that `inside` finds it at."""
    state = library.state(AT)
    layout = Layout(library, state, LONGEST, number)
    arena = claripy.BVS("arena", 8).zero_extend(56)
    slot = claripy.BVS("slot", 24).zero_extend(40)
    name = (arena << 24 | slot)[31:0]
    record = 0x7FFC_0000_0000
    state.regs.rdi, state.regs.dl = record, number
    state.regs.rsi = claripy.Concat(claripy.BVS("above", 32), name)
    open_chunks = claripy.BVS("open_chunks", 32)
    table = library.address("chunks::WRITABLE")
    hooks = Hooks(library)

    def read_table(state):
        prove(state, state.regs.rcx == table, state.regs.r9 == arena)
        state.regs.rcx = open_chunks.zero_extend(32)

    for instruction in library.instructions(AT):
        if instruction.op_str == "ecx, dword ptr [rcx + r9*4]":
            hooks.at(instruction, read_table)
    with hooks:
        run = library.run(state, {})
    run.covers()
    for state in run.at("return"):
        prove(state, word(state, record + 0x10) == layout.address_of(arena, slot))
        prove(state, word(state, record + 0x18) == (USABLE[number] if number <= LAST else 0))
        prove_cells(library, state, layout, arena, slot, open_chunks, record)
    return run


def one_condition(seeded, proof, run, number):
    """One condition of the code that all classes share, another for each number; so all have their turn. What is
    no class has two reasons not to be one, of which either would do."""
    names = ("j", "set") if 1 <= number <= LAST else "j"
    conditions = [
        each.address
        for each in run.library.instructions(QUERY)
        if each.address in run.visited and inverted(each) and each.mnemonic.startswith(names)
    ]
    chosen = conditions[number % len(conditions)]
    seeded(QUERY, proof, run, {chosen})


def test_pointers_outside_the_region_are_not_looked_up(shipped, seeded):
    seeded(QUERY, outside, outside(shipped))


@pytest.mark.parametrize("number", range(64))
def test_only_the_first_byte_of_a_slot_is_one(shipped, seeded, number):
    one_condition(seeded, lambda library: inside(library, number), inside(shipped, number), number)


@pytest.mark.parametrize("bits", OTHERS)
def test_spans_of_other_lengths_are_no_different(shipped, seeded, bits):
    one_condition(seeded, lambda library: inside(library, bits, bits), inside(shipped, bits, bits), bits)


@pytest.mark.parametrize("number", (1, 30, 62))
def test_what_is_found_is_where_it_was_placed(shipped, seeded, number):
    seeded(AT, lambda library: back(library, number), back(shipped, number))


def test_a_bug_in_the_decoding_is_found(shipped, seeded):
    run = inside(shipped, 5)
    # What follows is told apart by other proofs.
    seeded(QUERY, lambda library: inside(library, 5), run, most=5)
