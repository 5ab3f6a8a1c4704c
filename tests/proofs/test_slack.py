"""How `Slot::check` looks at a slack that is longer than the last bytes, which `free` looks at in line."""

import claripy
import pytest
from claripy import UGT, ULE

from classes import MEDIUM, USABLE
from machine import STACK, Run, prove
from seeds import inverted
from slots import LONG, TAIL, Slot, either_way

PLACE = 0x7000_0010_0240
# What a call leaves as it is.
KEPT = "rbx rbp r12 r13 r14 r15".split()


def long_slack(library, eighths):
    """Of each slack of so many multiples of 8 bytes and a rest, before a canary: whether what is to be looked at is
    zero; nothing is changed. To which 8 bytes a slack goes is a number, so that what is read has an address."""
    runs = []
    for eighth in eighths:
        state = library.state(LONG)
        slot = Slot(library, state, MEDIUM, PLACE)
        slack = claripy.Concat(claripy.BVV(eighth, 61), claripy.BVS("rest", 3))
        state.solver.add(UGT(slack, TAIL), ULE(slack, slot.usable))
        state.regs.rdi, state.regs.rsi = PLACE + slot.usable, slack
        before = [getattr(state.regs, name) for name in KEPT]
        run = library.run(state, {})
        run.covers()
        is_zero = slot.long_slack_is_zero(slack)
        for state in run.at("return"):
            contents, end, _ = slot.now(state)
            prove(state, state.regs.al == claripy.If(is_zero, claripy.BVV(1, 8), claripy.BVV(0, 8)))
            prove(state, slot.is_untouched(contents), end == slot.end, state.regs.rsp == STACK + 8)
            prove(state, *(getattr(state.regs, name) == value for name, value in zip(KEPT, before)))
        runs.append(run)
    return Run(library, [], [path for run in runs for path in run.paths])


# A way each: as for 64 bytes, for up to 152, for up to 256, and of what is longer only that much.
WAYS = (range(8, 9), range(9, 20), range(20, 33), range(33, 66))


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_a_long_slack_is_looked_at(shipped, seeded, way):
    run = long_slack(shipped, WAYS[way])
    at = run.visited - either_way(shipped, LONG, 8 * WAYS[way][0])
    most, some = 20, 0 if way == 1 else 2
    if way > 1:
        at, most, some = at - long_slack(shipped, WAYS[1][:1]).visited, 3, 1
    # Of 64 bytes it does not matter which way they go.
    every = (inverted,) if way > 0 else ()
    seeded(LONG, lambda library: long_slack(library, reversed(WAYS[way])), run, at, most, some, every)
