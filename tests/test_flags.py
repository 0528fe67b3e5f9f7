"""The registry of quality flags."""

import pytest

from venus_analysis.flags import SENTENCES, Flag, decode, describe


def test_each_flag_is_one_bit_of_its_own() -> None:
    values = [int(flag) for flag in Flag.__members__.values()]
    assert len(set(values)) == len(values), "two names share a bit"
    assert all(value.bit_count() == 1 for value in values)
    assert max(values) < 1 << 62, "a signed 64-bit column holds them"


def test_each_flag_has_one_sentence() -> None:
    assert set(SENTENCES) == set(Flag)
    for flag, sentence in SENTENCES.items():
        assert sentence.endswith("."), flag
        assert sentence[0].isupper(), flag


@pytest.mark.parametrize("flag", list(Flag))
def test_decoding_gives_the_name_back(flag: Flag) -> None:
    assert decode(int(flag)) == [flag.name]
    assert describe(int(flag)) == [SENTENCES[flag]]


def test_unknown_bits_are_named_and_not_lost() -> None:
    assert decode(1 << 61 | 1)[-1] == "UNKNOWN_BIT_61"
    assert decode(0) == describe(0) == []
