"""What is put into files of examples to damage them."""

from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**63, 2**64, 10**400, 10**4400, 0.5, 1e308, -0.0, "", " ", "x", "4", "\0", "\u2028", "é" * 50,
    [], [""], ["a"], ["a", "a"], ["a", 1], [None], [["a"]], {}, {"a": 1}, "regex:(a+)+$", "regex:(", "regex:", "regex:a{9999999999}",
    "number", "refusal", "exact_match", "lm_eval", "1/0", "1e99999", "x" * 10**5,
)  # fmt: skip
BYTES = (
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x00",
    b"\r",
    b"\n",
    b",",
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"\\",
    b"\x80",
    b"\xed\xa0\x80",
    b"NaN",
    b"\\ud800",
    b"1" * 30,
)
