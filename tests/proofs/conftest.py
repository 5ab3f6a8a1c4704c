"""What the proofs share: the library, and the seeded bugs that each must find."""

import pytest

from machine import LEAVES, Library, Refuted
from seeds import inverted, left_out, off_by_one, seeds


@pytest.fixture(scope="session")
def shipped():
    return Library()


@pytest.fixture(scope="session")
def leaves():
    return Library(path=LEAVES)


def finds(proof, library):
    try:
        proof(library)
    except Refuted:
        return True
    return False


@pytest.fixture
def seeded():
    """`seeded(function, proof, run)`: the proof, which went through `run`, refutes the library when one of up
    to `most` conditions of the function is inverted, whichever it is, or one of `some` constants changed, or
    one of as many vectors left out. Bugs are put in where the run went, or `at` some of its addresses.

    A constant may have bits that matter to nobody, such as a mask of what is smaller anyway, and two vectors
    may overlap; so of those two kinds only one change must be found, but of what `every` names each."""

    def check(function, proof, run, at=None, most=6, some=6, every=(inverted,)):
        found = {}
        for change in (inverted, off_by_one, left_out):
            places = run.visited if at is None else at
            limit = most if change in every else some
            for instruction, code in seeds(run.library, function, places, change, limit):
                library = run.library.patched(instruction.address, code)
                text = f"{instruction.mnemonic} {instruction.op_str} at {instruction.address:#x}"
                found[change, text] = finds(proof, library)
                print(f"{change.__name__}: {text}: {found[change, text] or 'not found'}")
        assert found, "no seeded bug was put in"
        missed = [text for (change, text), is_found in found.items() if change in every and not is_found]
        assert not missed, f"seeded bugs that the proof did not find: {missed}"
        others = [is_found for (change, _), is_found in found.items() if change is not inverted]
        assert any(others) or not others, "none of the constants and vectors was found"
        assert any(found.values()), "no seeded bug was found"

    return check
