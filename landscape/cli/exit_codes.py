"""What a command's exit code means. `main` turns errors into these; `inspect` also turns its verdict into one."""

from landscape.inspection.rules import Outcome

PASS = 0  # the command did what it was asked
FAIL = 1  # of `inspect` alone: the verdict is "fail"
WRONG_INPUT = 2  # arguments, options, checkpoints or other files that could not be used
INSUFFICIENT = 3  # of `inspect` alone: too little for a verdict, nothing measurable in this dtype, or nothing to lose
BROKEN = 4  # a measurement broke, or the store or a file to write could not be used: nothing is said of the checkpoint
STOPPED = 130  # Ctrl-C, as shells count it: 128 + SIGINT

OF_OUTCOME: dict[Outcome, int] = {
    "pass": PASS,
    "gained": INSUFFICIENT,  # of a capability; a verdict in which nothing else is judged is "insufficient"
    "nothing to lose here": INSUFFICIENT,
    "warn": PASS,
    "fail": FAIL,
    "insufficient": INSUFFICIENT,
    "not measurable": INSUFFICIENT,
}
