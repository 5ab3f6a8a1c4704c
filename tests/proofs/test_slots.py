"""What becomes of one slot: the checks of a live one, and the ways into and out of the program's hands.

The slot lies at an address that is given, and so does its cache; its state, contents, canary and neighbour,
the keys and the request are any."""

import functools

import claripy
import pytest
from claripy import And, Not, Or, UGE, ULE, ULT

from classes import MEDIUM, USABLE
from machine import prove, put, thread_word, word
from seeds import inverted, left_out
from slots import CACHE, ENTRIES, FREE, FRESH, LINE, LIVE, MALLOC, TAIL, TAIL_SEEN, Slot, either_way

CHECK = "Slot::check"
AGAIN = "Slot::before_changed_under_us"
# At a page's beginning, and not.
PLACES = (0x7000_0010_0000, 0x7000_0010_0240)
# By the bytes before the canary, other code looks at a slot and wipes it: to 184, 520, 1,032, and on processors with
# short vectors alone to 64, 128, 256, 512, 520, and of longer ones general code. The shortest and the longest class
# of each way, with one of a shorter way; but of the last way the shortest alone, for the longest did not end in a
# quarter of an hour.
WIPED = {3: 1, 4: 3, 7: 3, 8: 7, 11: 3, 12: 11, 15: 11, 16: 15, 20: 16, 21: 20, 22: 21}
# `Slot::check` wipes nothing, and has one way for all with room for a long slack.
CHECKED = {4: 3, 15: 3, 20: 3}
# Of the longest, those in which each vector is needed, the long ones or not.
NEED_ALL = {3: 0, 11: 1, 15: 0, 20: 0, 21: 1}


def any_state(slot):
    """All 2^16 states but those that no slot of the class has: a live one with more slack than bytes."""
    return Or(ULT(slot.state, 0x4000), ULE(slot.slack(), slot.usable))


def check(library, number, place):
    """`Slot::check` lets pass what is live, has its canary, zeros behind the request and an intact neighbour,
    with its state, and of all else it says what is wrong; it changes nothing."""
    record, answer = 0x7FFC_0000_0000, 0x7FFB_0000_0000
    state = library.state(CHECK)
    slot = Slot(library, state, number, place)
    fields = (slot.cell, slot.cell - 2, slot.at, slot.usable)
    for at, field in enumerate(fields):
        put(state, record + 8 * at, field)
    state.regs.rsi, state.regs.rdi = record, answer
    state.solver.add(any_state(slot))
    with slot.hooks(library, [CHECK]):
        run = library.run(state, {AGAIN: library.address(AGAIN)})
    run.covers()
    is_sound = And(UGE(slot.state, 0x4000), slot.end == slot.canary(), slot.slack_is_zero())
    for state in run.at("return"):
        contents, end, cell = slot.now(state)
        passes, now = word(state, answer) != 0, (word(state, answer + 8 * at) for at in range(4))
        prove(state, passes == And(is_sound, slot.before_is_intact()))
        same = And(word(state, answer + 0x20, 16) == slot.state, *(a == b for a, b in zip(now, fields)))
        prove(state, claripy.If(passes, same, word(state, answer + 8, 8) == slot.flaw()))
        prove(state, end == slot.end, cell == slot.state, slot.is_untouched(contents))
        prove(state, slot.neighbour_is_untouched(state))
    # A neighbour that seems changed is looked at again.
    for name, state in run.paths:
        if name == AGAIN:
            prove(state, is_sound, Not(slot.before_is_intact()), state.regs.rdi == record)
    return run


def elsewhere(library, function):
    """Where a function's calls and jumps out of it lead."""
    start, length = library.place(function)
    targets = {
        instruction.operands[0].imm
        for instruction in library.instructions(function)
        if instruction.mnemonic in ("call", "jmp") and instruction.op_str.startswith("0x")
    }
    return {hex(target): target for target in targets if not start <= target < start + length}


def claim(library, number, place, avx2=None):
    """`malloc` hands a slot out if it is fresh, free or quarantined, and all of it is zero and has its canary, or, if it is
    fresh, no byte there. Then it is live, with its canary and the request it is for; else nothing changed, but that a fresh
    one may have got its canary."""
    state = library.state("malloc")
    slot = Slot(library, state, number, place, 1 if number > MEDIUM else avx2)
    slot.put_cache(library, state)
    thread_word(library, state, CACHE)
    size = state.regs.rdi
    state.solver.add(claripy.UGT(size, USABLE[number - 1] if number > 1 else 0))
    state.solver.add(ULE(size, slot.usable))
    with slot.hooks(library, ["malloc"]):
        run = library.run(state, elsewhere(library, "malloc"))
    run.covers()
    is_fresh = slot.state == FRESH
    is_wiped = And(ULE(FREE, slot.state), claripy.ULT(slot.state, LIVE))
    has_place = And(is_fresh, slot.end == 0)
    has_canary = And(Or(is_fresh, is_wiped), slot.end == slot.canary())
    fits = And(slot.is_zero(), Or(has_place, has_canary))
    run.at("return")
    for name, state in run.paths:
        contents, end, cell = slot.now(state)
        prove(state, slot.is_untouched(contents), slot.neighbour_is_untouched(state))
        if name == "return":
            live = MALLOC << 14 | (slot.usable - size)[15:0]
            prove(state, fits, state.regs.rax == place, cell == live, end == slot.canary())
        else:
            prove(state, Not(fits), cell == slot.state)
            prove(state, Or(end == slot.end, And(has_place, end == slot.canary())))
    return run


def retire(library, number, place, avx2=None):
    """`free` takes a slot back if it is live and of malloc's family, has little slack, and is sound: then it
    is quarantined with its slack, in the line, and all of it is zero but its canary. Else it is left to other code."""
    state = library.state("free")
    slot = Slot(library, state, number, place, 1 if number > MEDIUM else avx2)
    part, entry = slot.put_cache(library, state)
    if avx2 and slot.usable <= 184:
        # The five vectors leave a slack between these to the others.
        state.solver.add(Or(ULT(slot.slack(), 25), ULT(TAIL_SEEN, slot.slack())))
    cache_word = thread_word(library, state, CACHE)
    state.regs.rdi = place
    state.solver.add(any_state(slot))
    with slot.hooks(library, ["free"]):
        run = library.run(state, elsewhere(library, "free"))
    run.covers()
    is_live = claripy.LShR(slot.state, 14) == MALLOC
    is_sound = And(slot.end == slot.canary(), slot.slack_is_zero(), slot.before_is_intact())
    fits = And(is_live, ULE(slot.slack(), TAIL_SEEN if number > MEDIUM else TAIL), is_sound)
    for name, state in run.paths:
        contents, end, cell = slot.now(state)
        prove(state, end == slot.end, slot.neighbour_is_untouched(state))
        if name == "return":
            prove(state, fits, cell == slot.mark + slot.slack()[15:0], *(byte == 0 for byte in contents))
            prove(state, word(state, CACHE + ENTRIES + 4 * (LINE + 3), 32) == entry)
            prove(state, word(state, part + 0x38, 16) == 4, word(state, cache_word) == CACHE)
        else:
            prove(state, Not(fits), cell == slot.state, slot.is_untouched(contents))
    return run


@functools.cache
def passed(proof, library, number, place):
    """Where a proof goes that holds."""
    return proof(library, number, place).visited


def hold(shipped, seeded, function, proof, number, place, shorter=WIPED):
    """The proof, and bugs in what slots of a shorter way do not go through."""
    run = proof(shipped, number, place)
    at, most, some = run.visited - either_way(shipped, function, USABLE[number]), 20, 8
    if number in shorter:
        at = at - passed(proof, shipped, shorter[number], place)
        most, some = 6 if number == 3 else 3, 0
    # Some conditions are there for guards, which end where a page begins; and 504 bytes may be served as 520 are.
    every = [inverted] if place == PLACES[0] and (number != 20 or proof is check) else []
    if number in NEED_ALL and proof is not check:
        every.append(left_out)
        proof = functools.partial(proof, avx2=NEED_ALL[number])
        at = proof(shipped, number, place).visited - either_way(shipped, function, USABLE[number])
    seeded(function, lambda library: proof(library, number, place), run, at, most, some, every)


def each(shorter):
    places = [(number, PLACES[0]) for number in (1, *shorter)] + [(1, PLACES[1])]
    return pytest.mark.parametrize("number, place", places)


@each(CHECKED)
def test_a_check_lets_pass_what_is_sound(shipped, seeded, number, place):
    hold(shipped, seeded, CHECK, check, number, place, CHECKED)


@each(WIPED)
def test_what_is_handed_out_was_free(shipped, seeded, number, place):
    hold(shipped, seeded, "malloc", claim, number, place)


@each(WIPED)
def test_what_is_taken_back_was_live(shipped, seeded, number, place):
    hold(shipped, seeded, "free", retire, number, place)
