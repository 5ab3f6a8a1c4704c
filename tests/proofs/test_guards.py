"""Where guards stand: the leaves of `geometry::guards`, which the shipped library has only inside other
functions; they are compiled on their own (`leaf/lib.rs`). The tests of the module itself go through every class, page
size and place."""

import claripy
import pytest
from claripy import UGE, ULE, ULT

from classes import LAST, SLOTS
from machine import prove
from seeds import inverted

PAGES = (4096, 16_384, 65_536)
LONGEST = 28


def call(library, function, *arguments, given=()):
    state = library.state(function)
    for register, value in zip(("rdi", "rsi", "rdx", "rcx"), arguments):
        setattr(state.regs, register, value)
    state.solver.add(*given)
    run = library.run(state, {})
    run.covers()
    run.only("return")
    return run


def interval(library, slot, page):
    """A multiple of the page, no less than is wanted, than four slots and than two pages, and less than a
    page more."""
    wanted = claripy.BVS("wanted", 32).zero_extend(32)
    run = call(library, "guard_interval", wanted, slot, page)
    floor = max(4 * slot, 2 * page)
    least = claripy.If(ULT(wanted, floor), claripy.BVV(floor, 64), wanted)
    for state in run.at("return"):
        bytes_ = state.regs.rax
        prove(state, bytes_ & (page - 1) == 0, UGE(bytes_, least), ULT(bytes_, least + page))
    return run


def position(library, page):
    """A whole page of the interval, whichever the draw."""
    start, length = (claripy.BVS(name, LONGEST).zero_extend(64 - LONGEST) for name in ("start", "length"))
    draw = claripy.BVS("draw", 16).zero_extend(48)
    given = (start & (page - 1) == 0, length & (page - 1) == 0, UGE(length, page))
    run = call(library, "guard_position", start, length, page, draw, given=given)
    for state in run.at("return"):
        at = state.regs.rax
        prove(state, at & (page - 1) == 0, UGE(at, start), ULE(at + page, start + length))
        # Of all pages, as far through as the draw is through its range.
        bits = page.bit_length() - 1
        prove(state, at == start + (claripy.LShR(claripy.LShR(length, bits) * draw, 16) << bits))
    return run


def extent(library, function, slot, page):
    """From the page boundary after the first slot that the page at `at` touches begins, to the one before the
    last of them ends; so at least the page itself."""
    at = claripy.BVS("at", LONGEST).zero_extend(64 - LONGEST)
    first = claripy.BVS("first", LONGEST).zero_extend(64 - LONGEST)
    lasts = claripy.BVS("last", LONGEST).zero_extend(64 - LONGEST)
    # The slots of the page's first and last byte.
    inside, end = at - first * slot, at + page - 1 - lasts * slot
    named = (ULE(first * slot, at), ULT(inside, slot), ULE(lasts * slot, at + page - 1), ULT(end, slot))
    most = (1 << LONGEST) // slot + 8
    given = (at & (page - 1) == 0, ULT(first, most), ULT(lasts, most), *named)
    run = call(library, function, at, slot, page, given=given)
    for state in run.at("return"):
        edge = state.regs.rax
        prove(state, edge & (page - 1) == 0)
        if function == "guard_start":
            prove(state, ULE(edge, at), UGE(edge, first * slot), ULT(edge, first * slot + page))
        else:
            past = (lasts + 1) * slot
            prove(state, UGE(edge, at + page), ULE(edge, past), ULT(past, edge + page))
    return run


def width_switch(library, function):
    """A division of few bits has an instruction of its own, and either would do."""
    code = library.instructions(function)
    at = next(i for i, each in enumerate(code) if each.op_str == "rax, 0x20")
    return {code[at].address, code[at + 1].address}


@pytest.mark.parametrize("page", PAGES)
def test_an_interval_has_room(leaves, seeded, page):
    for slot in SLOTS:
        run = interval(leaves, slot, page)
    # Of the short one two pages are more than four slots.
    some = (48, SLOTS[LAST])
    seeded("guard_interval", lambda library: [interval(library, slot, page) for slot in some], run)


@pytest.mark.parametrize("page", PAGES)
def test_a_guard_stands_in_its_interval(leaves, seeded, page):
    seeded("guard_position", lambda library: position(library, page), position(leaves, page))


@pytest.mark.parametrize("function", ("guard_start", "guard_end"))
@pytest.mark.parametrize("slot, page", [(16, 4096), (48, 4096), (5120, 4096), (112, 65_536)])
def test_a_guard_covers_what_it_costs(leaves, seeded, function, slot, page):
    run = extent(leaves, function, slot, page)
    at = run.visited - width_switch(leaves, function)
    # It does not matter what becomes of the rest of a slot that is less than a page: no whole page.
    every = (inverted,) if slot > page else ()
    seeded(function, lambda library: extent(library, function, slot, page), run, at, every=every)
