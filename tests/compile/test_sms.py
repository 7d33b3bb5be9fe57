"""How many segments an SMS takes: GSM 03.38 and UCS-2, at the lengths where one more begins."""

from __future__ import annotations

import pytest

from cjo.sms import GSM_7, UCS_2, sms_of


@pytest.mark.parametrize(
    ("length", "segments"), [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)]
)
def test_plain_text_has_160_characters_and_153_in_each_of_several(length: int, segments: int) -> None:
    sms = sms_of("a" * length)
    assert (sms.encoding, sms.units, sms.segments) == (GSM_7, length, segments)


@pytest.mark.parametrize(("length", "segments"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_a_sign_outside_gsm_makes_it_70_characters_and_67_in_each_of_several(length: int, segments: int) -> None:
    sms = sms_of("ł" * length)
    assert (sms.encoding, sms.units, sms.segments) == (UCS_2, length, segments)


@pytest.mark.parametrize("sign", list("^{}\\[]~|€\f"))
def test_a_sign_of_the_extension_counts_two(sign: str) -> None:
    assert sms_of(sign * 80) == sms_of("a" * 160)
    assert (sms_of(sign * 81).units, sms_of(sign * 81).segments) == (162, 2)


def test_a_sign_of_two_septets_is_not_split_between_segments() -> None:
    assert sms_of("a" * 152 + "€" + "a" * 151).segments == 2  # 152 + 153: a septet of the first stays empty
    assert sms_of("a" * 152 + "€" + "a" * 152).segments == 3  # 306 septets that would fit if it were split


def test_a_sign_of_two_code_units_is_not_split_between_segments() -> None:
    assert (sms_of("😀" * 35).units, sms_of("😀" * 35).segments) == (70, 1)
    assert sms_of("😀" * 66).segments == 2  # 33 in each: 66 of 67 units
    assert sms_of("😀" * 67).segments == 3  # 134 units that would fit if one were split


def test_umlauts_and_greek_capitals_are_gsm_and_what_is_not_is_named() -> None:
    assert sms_of("ÄÖÜäöüß ΔΦΓΛΩΠΨΣΘΞ @£$¥ñ").encoding == GSM_7
    assert sms_of("it’s “here”, ç and ’").foreign == ("’", "“", "”", "ç")
