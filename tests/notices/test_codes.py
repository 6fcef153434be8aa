"""Codes that people copy by hand."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.enrolment.codes import new_carry_code, new_code, new_number, read_carry_code, read_code, shown

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
codes = st.integers(min_value=0).map(lambda seed: new_code(random.Random(seed)))


@given(codes)
def test_a_code_is_read_as_it_is_shown(code: str) -> None:
    assert len(code) == 10
    assert set(code) <= set(ALPHABET)
    assert read_code(shown(code)) == code


@given(codes, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(code: str, place: int, wrong: str) -> None:
    mistyped = code[:place] + wrong + code[place + 1 :]
    assert read_code(mistyped) == (code if mistyped == code else None)


@given(codes, st.integers(0, 8))
def test_every_swap_of_neighbours_is_found(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert read_code(swapped) == (code if swapped == code else None)


@given(codes)
def test_small_full_width_and_look_alike_characters_are_forgiven(code: str) -> None:
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in shown(code))
    look_alike = code.lower().replace("0", "o").replace("1", "l").replace("v", "u")
    assert read_code(full_width) == code
    assert read_code(f"  {look_alike[:3]} {look_alike[3:7]}ー{look_alike[7:]}\n") == code
    assert read_code(f"https://kairan.example.jp/enrol#{shown(code)}") == code


@pytest.mark.parametrize("typed", ["", "-", "ABC", "0" * 11, "番号", "\x00" * 10, "٣" * 10, "A" * 100_000])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None
    assert read_carry_code(typed) is None


def test_a_carry_code_is_six_digits_however_they_are_typed() -> None:
    code = new_carry_code(random.Random(7))
    assert len(code) == 6
    assert read_carry_code(f"{code[:3]} {code[3:]}") == code
    assert read_carry_code("１２３−４５６") == "123456"
    assert read_carry_code("12345") is None


def test_a_device_number_is_two_digits() -> None:
    source = random.Random(1)
    assert all(len(new_number(source)) == 2 for _ in range(200))
