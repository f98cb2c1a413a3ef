"""What a command's exit code means. `main` turns errors into these; `inspect` also turns its verdict into one."""

from landscape.inspection.rules import Outcome

PASS = 0  # the command did what it was asked
FAIL = 1  # a run failed, or a store or file could not be used; of `inspect`: the verdict is "fail"
WRONG_INPUT = 2  # arguments, options or files that could not be used
INSUFFICIENT = 3  # of `inspect` alone: too little was measured for a verdict, or nothing is measurable in this dtype
STOPPED = 130  # Ctrl-C, as shells count it: 128 + SIGINT

OF_OUTCOME: dict[Outcome, int] = {
    "pass": PASS,
    "warn": PASS,
    "fail": FAIL,
    "insufficient": INSUFFICIENT,
    "not measurable": INSUFFICIENT,
}
