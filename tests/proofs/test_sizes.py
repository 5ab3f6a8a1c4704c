"""Which class serves a request: `malloc` and what it calls for sizes above 520 bytes."""

import claripy
from claripy import Or, UGT, ULE

from classes import NARROW, SMALL_MAX, USABLE, least
from machine import prove, thread_word

WIDE = "allocate::allocate_wide"
NO_CACHE = "slow::allocate_without_cache"
UNCLASSED = "slow::allocate_unclassed"
MALLOC = 1


def ends(library, *names):
    return {name: library.address(name) for name in names}


def narrow(library):
    """`malloc`, for all 2^64 sizes."""
    state = library.state("malloc")
    size = claripy.BVS("size", 64)
    state.regs.rdi = size
    thread_word(library, state, 0)
    run = library.run(state, ends(library, WIDE, NO_CACHE))
    run.covers()
    run.only(WIDE, NO_CACHE)
    for state in run.at(NO_CACHE):
        prove(
            state,
            size != 0,
            ULE(size, USABLE[NARROW]),
            state.regs.edi == least(size, NARROW).zero_extend(24),
            state.regs.rsi == size,
            state.regs.cl == MALLOC,
        )
    for state in run.at(WIDE):
        prove(state, Or(size == 0, UGT(size, USABLE[NARROW])))
        prove(state, state.regs.rdi == size, state.regs.sil == MALLOC)
    return run


def wide(library):
    """`allocate_wide`, for all 2^64 sizes."""
    state = library.state(WIDE)
    size = claripy.BVS("size", 64)
    state.regs.rdi = size
    thread_word(library, state, 0)
    run = library.run(state, ends(library, NO_CACHE, UNCLASSED))
    run.covers()
    run.only(NO_CACHE, UNCLASSED)
    for state in run.at(NO_CACHE):
        prove(
            state,
            size != 0,
            ULE(size, SMALL_MAX),
            state.regs.edi == least(size).zero_extend(24),
            state.regs.rsi == size,
        )
    for state in run.at(UNCLASSED):
        prove(state, Or(size == 0, UGT(size, SMALL_MAX)), state.regs.rdi == size)
    return run


def test_malloc_takes_the_least_class(shipped, seeded):
    seeded("malloc", narrow, narrow(shipped))


def test_wide_requests_take_the_least_class(shipped, seeded):
    seeded(WIDE, wide, wide(shipped))
