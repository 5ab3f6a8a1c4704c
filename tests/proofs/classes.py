"""The size classes, written down from the design and not from the source: 32 to 256 bytes by 16, then five
per doubling, of which the first is 16 bytes above the power of two, and 32 from 4 KiB on; 8 bytes of each slot are its
canary."""

import claripy

CANARY = 8
SLOTS = [32] + [16 * number for number in range(2, 17)]
for doubling in range(9):
    power = 256 << doubling
    SLOTS += [power + (16 if power < 4096 else 32)] + [power * quarter // 4 for quarter in (5, 6, 7, 8)]
SLOTS.append((128 << 10) + 32)
LAST = len(SLOTS) - 1
USABLE = [slot - CANARY for slot in SLOTS]
SMALL_MAX = USABLE[LAST]
# Up to here a slot is served in line.
NARROW = max(number for number, slot in enumerate(SLOTS) if slot <= 1040)
# To here without a loop, also on processors with short vectors.
MEDIUM = max(number for number, slot in enumerate(SLOTS) if slot <= 528)

assert LAST == 61 and SMALL_MAX == 131_096


def least(size, last=LAST):
    """The least class whose slots hold `size` bytes, which one up to `last` does."""
    chosen = claripy.BVV(last, 8)
    for number in range(last - 1, 0, -1):
        chosen = claripy.If(claripy.ULE(size, USABLE[number]), claripy.BVV(number, 8), chosen)
    return chosen
