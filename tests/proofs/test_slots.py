"""What becomes of one slot: the checks of a live one, and the ways into and out of the program's hands."""

import claripy
import pytest
from claripy import And, Not, Or, UGE, ULE, ULT

from classes import NARROW, USABLE
from machine import STACK, Refuted, prove, put, thread_word, word
from slots import FREE, FRESH, MALLOC, QUARANTINED, TAIL, Slot

CHECK = "Slot::check"
AGAIN = "Slot::before_changed_under_us"
CLOSER = "allocate::look_closer"
# Not at a page's beginning, and at one.
PLACES = (0x7000_0010_0240, 0x7000_0010_0000)
# Lengths up to 64, up to 248 and up to 504 bytes are looked at by different code.
CLASSES = (1, 2, 3, 4)


def check(library, number, place):
    """`Slot::check` lets pass what is live, has its canary, zeros behind the request and an intact neighbour,
    and nothing else; it changes nothing."""
    state = library.state(CHECK)
    slot = Slot(library, state, number, place)
    record, answer = 0x7FFC_0000_0000, 0x7FFB_0000_0000
    for at, value in enumerate((slot.cell, slot.cell - 2, slot.at, slot.usable)):
        put(state, record + 8 * at, value)
    state.regs.rsi, state.regs.rdi = record, answer
    # No state has more slack than its slot has bytes: a live one is only ever made so.
    state.solver.add(ULE(slot.slack(), slot.usable))
    run = library.run(state, {AGAIN: library.address(AGAIN)})
    run.covers()
    is_live = UGE(slot.state, 0x4000)
    is_sound = And(is_live, slot.end == slot.canary(), slot.slack_is_zero())
    for state in run.at("return"):
        contents, end, cell = slot.now(state)
        passes = word(state, answer) != 0
        prove(state, passes == And(is_sound, slot.before_is_intact()))
        prove(state, end == slot.end, cell == slot.state)
    # A neighbour that seems changed is looked at again.
    for state in run.at(AGAIN):
        prove(state, is_sound, Not(slot.before_is_intact()), state.regs.rdi == record)
    return run


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", CLASSES)
def test_a_check_lets_pass_what_is_sound(shipped, number, place):
    check(shipped, number, place)


def test_a_bug_in_the_check_is_found(shipped, seeded):
    seeded(CHECK, lambda library: check(library, 3, PLACES[1]), check(shipped, 3, PLACES[1]))
