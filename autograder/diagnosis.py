"""What the doctor says: the facts of a machine, and what follows from them in words. No clock, no process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from autograder import capacity, machine
from autograder.beside import Beside
from autograder.capacity import Capacity
from autograder.sandbox import Limits

Answer = Literal["yes", "slowly", "unsure", "no"]

# How /proc/PID/limits calls what `Limits` asks for.
KERNEL_NAMES = {
    "memory": "Max address space",
    "processes": "Max processes",
    "cpu_seconds": "Max cpu time",
    "file_bytes": "Max file size",
    "open_files": "Max open files",
}
_GATE = 0.85  # of p: what the ideal split must show where only the clock can judge
_LITTLE = 0.15  # of the cores in use: not worth a word
_NOISY = 0.15  # coefficient of variation


@dataclass(frozen=True)
class SandboxFacts:
    """The mechanism that other people's code would run in.

    Parameters
    ----------
    name, version : str
        Empty where there is none.
    problem : str
        Why nothing can be graded; empty if it can.
    asked : dict of str to int
        What a box is limited to, by the field of `Limits`.
    held : dict of str to int
        What the kernel tells of a process in a box that was started to look; where it tells.
    by : str
        What holds the limits here, and whether a cgroup does, in words.
    """

    name: str
    version: str
    problem: str
    asked: dict[str, int]
    held: dict[str, int]
    by: str = ""


@dataclass(frozen=True)
class Ability:
    """One thing that a grader may want of a machine, whether it can be had here, and how or why not.

    Examples
    --------
    >>> Ability("correctness", "yes", "in a sandbox.").sentence
    'correctness: yes, in a sandbox.'
    """

    what: str
    answer: Answer
    words: str

    @property
    def sentence(self) -> str:
        """All three."""
        lead = {"yes": "yes,", "slowly": "yes,", "unsure": "unknown.", "no": "no."}[self.answer]
        return f"{self.what}: {lead} {self.words}"


@dataclass(frozen=True)
class Examination:
    """What the doctor saw.

    Parameters
    ----------
    cores : Cores
    start_method : str
    accounting : bool
        Whether the kernel accounts for run-queue waits.
    boost : bool or None
    slot : str
        "free", "held", or why the timing slot cannot be taken.
    sandbox : SandboxFacts
    versions : dict of str to str
    capacity : Capacity or None
        None if it was not measured.
    not_measured : str
        Why not.
    """

    cores: machine.Cores
    start_method: str
    accounting: bool
    boost: bool | None
    slot: str
    sandbox: SandboxFacts
    versions: dict[str, str]
    capacity: Capacity | None = None
    not_measured: str = ""

    @property
    def can_grade(self) -> bool:
        """Whether other people's code can be graded here."""
        return not self.sandbox.problem

    @property
    def workers(self) -> int:
        """Processes that a speed run uses here."""
        return min(self.cores.usable, capacity.MOST_PROCESSES)

    @property
    def abilities(self) -> tuple[Ability, ...]:
        """What can be measured here and what cannot."""
        return (_correctness(self), _cpu_speed(self), _waiting_speed(self))

    @property
    def headline(self) -> str:
        """All of it in one sentence."""
        if not self.can_grade:
            return "This machine cannot grade other people's code."
        if self.workers < 2:
            return "This machine can grade correctness, not speed."
        return "This machine can grade, speed included."

    def to_json(self) -> dict[str, Any]:
        """Everything seen and said, as plain data."""
        return {
            **asdict(self),
            "cores": {**asdict(self.cores), "usable": self.cores.usable},
            "capacity": self.capacity.to_json() if self.capacity else None,
            "can_grade": self.can_grade,
            "workers": self.workers,
            "headline": self.headline,
            "abilities": [asdict(ability) for ability in self.abilities],
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from autograder.render.doctor import as_html, as_text

        return {"text/plain": as_text(self), "text/html": as_html(self)}


_NUMBERS = ("no", "one", "two", "three", "four")
_AS_ALWAYS = "correctness is graded as always."


def spelled(number: int) -> str:
    """A small number as a word.

    Examples
    --------
    >>> spelled(2), spelled(12)
    ('two', '12')
    """
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def told_cores(cores: machine.Cores) -> str:
    """The three bounds, each told.

    Examples
    --------
    >>> told_cores(machine.Cores(8, 4, 1.5))
    '1 usable: the machine has 8, the affinity allows 4, the cgroup quota is 1.5'
    """
    quota = "there is no cgroup quota" if cores.quota is None else f"the cgroup quota is {cores.quota:g}"
    bounds = f"the machine has {cores.count}, the affinity allows {cores.affinity}"
    return f"{cores.usable} usable: {bounds}, {quota}"


def told_capacity(seen: Capacity) -> str:
    """What so many processes did, beside one.

    Examples
    --------
    >>> from autograder.capacity import Slice
    >>> told = told_capacity(Capacity(2, (Slice(0, 1, 100.0, 1), Slice(1, 2, 150.0, 1.5))))
    >>> told[44:]
    'Two at once do 1.50 (from 1.50 to 1.50): they had 1.50 cores, each as fast as alone.'
    """
    alone = "One process alone does 1.00, by definition"
    if seen.got_alone < 0.95:
        alone += f", with {seen.got_alone:.2f} of a core"
    if seen.noise == seen.noise:  # not NaN
        alone += f"; its speed varies by {seen.noise:.0%}"
    pace = f"{1 - seen.pace:.0%} slower than alone" if seen.pace < 0.97 else "as fast as alone"
    many = spelled(seen.processes).capitalize()
    return (
        f"{alone}. {many} at once do {seen.value:.2f} (from {seen.low:.2f} to {seen.high:.2f}): "
        f"they had {seen.got:.2f} cores, each {pace}."
    )


def told_boost(examination: Examination) -> str:
    """What the machine says of its boost clock, and what was seen of it."""
    said = {True: "on", False: "off", None: "the machine does not say"}[examination.boost]
    if examination.capacity is None:
        return said
    swing = examination.capacity.swing
    return f"{said}; one core's fastest slice did {swing:.2f} times its slowest's work a CPU second"


def told_beside(examination: Examination) -> str:
    """Who used the cores meanwhile; nobody is named."""
    seen = examination.capacity
    if seen is None:
        return "not measured"
    if seen.beside is None:
        return "this system does not tell"
    beside = seen.beside
    return (
        f"other programs {beside.programs:.2f}, interrupts {beside.interrupts:.2f}, the host "
        f"{beside.host:.2f} of {examination.cores.affinity} cores; {_processes(beside.busy)} busy"
    )


def told_limits(facts: SandboxFacts) -> str:
    """What a box may use, and how much of that a process in a box was seen to be held to."""
    asked = Limits(**facts.asked)
    said = (
        f"{asked.memory / 2**30:g} GiB of memory, {asked.processes} processes and threads, "
        f"{asked.cpu_seconds} s of CPU time a process, files of {asked.file_bytes >> 20} MiB, "
        f"{asked.open_files} open files, {asked.scratch >> 20} MiB of scratch, "
        f"{asked.output >> 20} MiB of output"
    )
    right = [field for field in facts.held if facts.held[field] <= facts.asked[field]]
    return (
        f"{said}; seen on a process in a box: {len(right)} of the {len(KERNEL_NAMES)} that the kernel tells"
    )


def _processes(number: int) -> str:
    return f"{spelled(number)} process{'es' if number != 1 else ''}"


def _correctness(examination: Examination) -> Ability:
    if examination.sandbox.problem:
        problem = examination.sandbox.problem
        return Ability("correctness", "no", problem[:1].upper() + problem[1:])
    return Ability("correctness", "yes", f"in a sandbox ({examination.sandbox.name}).")


def _why_not(cores: machine.Cores) -> str:
    """Why nothing can be sped up here, and what to ask for."""
    if cores.affinity > 1 and cores.quota is not None:
        if cores.quota > 1:
            most = f"lets two processes do at most {cores.quota:g} times one's work"
        else:
            most = "lets two processes do no more than one"
        return (
            f"A quota of {cores.quota:g} cores {most}, and under it a serial answer can look like a good "
            f"one. It counts as one core, so speed is inconclusive; {_AS_ALWAYS} Ask for a quota of 2 cores "
            "or more."
        )
    said = f"On one core nothing can be sped up, so speed is inconclusive; {_AS_ALWAYS}"
    if cores.count > cores.affinity:
        said += (
            f" The machine has {cores.count}; this process may use one (taskset, a container or a batch "
            "system says so). Ask for two."
        )
    return said


def _cpu_speed(examination: Examination) -> Ability:
    what = "speed of CPU-bound answers"
    if examination.workers < 2:
        return Ability(what, "no", _why_not(examination.cores))
    unseen = _unseen_limit(examination)
    if unseen:
        return Ability(what, "unsure", unseen)
    workers = _processes(examination.workers)
    if not examination.accounting:
        return _by_the_clock(what, workers, examination)
    slow = _slowed(examination)
    words = f"by the scheduler's accounting, on {workers}."
    return Ability(what, "slowly" if slow else "yes", f"{words} {slow}".strip())


def _unseen_limit(examination: Examination) -> str:
    """Words for cores that were not there though nobody is seen who took them; empty if all is well."""
    seen, most = examination.capacity, float(examination.workers)
    if seen is None or seen.beside is None or seen.got + seen.beside.taken > (1 - _LITTLE) * most:
        return ""
    return (
        f"{spelled(seen.processes).capitalize()} processes had only {seen.got:.1f} cores, and nobody is seen "
        "who took the rest: perhaps a quota outside this container. Under a quota a serial answer can look "
        "like a good one, so do not trust a speed verdict here before you know."
    )


def _by_the_clock(what: str, workers: str, examination: Examination) -> Ability:
    needed = _GATE * examination.workers
    words = (
        f"by the clock, on {workers}, and only while the machine is quiet: this kernel does not account for "
        f"run-queue waits. A block counts if the ideal split ran {needed:.2f} times as fast as serial."
    )
    seen = examination.capacity
    if seen is None or seen.processes != examination.workers or seen.value >= needed:
        return Ability(what, "yes", words)
    now = f"Now {spelled(seen.processes)} at once do {seen.value:.2f}, so few blocks will count."
    return Ability(what, "slowly", f"{words} {now}")


def _slowed(examination: Examination) -> str:
    """What makes verdicts take longer now; empty if nothing does."""
    seen = examination.capacity
    if seen is None:
        return ""
    hold = "speed verdicts still hold, by accounting, but take longer."
    beside, most = seen.beside, examination.workers
    taken = beside.taken if beside else 0.0
    if beside and taken > _LITTLE * most:
        return f"{_who(beside)} {taken:.1f} of {examination.cores.affinity} cores now: {hold}"
    if seen.value < (1 - _LITTLE) * most:
        return (
            f"{spelled(seen.processes).capitalize()} at once do only {seen.value:.2f} of one's work, though "
            "they had their cores: two threads of one core, or a shared boost clock. The ideal split suffers "
            f"alike, so verdicts hold; the speedup that is reported will be about {seen.value:.1f}."
        )
    if seen.noise > _NOISY:
        return f"One core's speed varies by {seen.noise:.0%} from slice to slice: {hold}"
    return ""


def _who(beside: Beside) -> str:
    if beside.host > beside.programs:
        return "The host takes"
    if not beside.busy:
        return "Other programs take"
    if beside.busy == 1:
        return "One other busy process takes"
    return f"{spelled(beside.busy).capitalize()} other busy processes take"


def _waiting_speed(examination: Examination) -> Ability:
    what = "speed of answers that wait (threads, servers)"
    if examination.workers < 2:
        return Ability(what, "no", "Speed runs are left to a machine with two usable cores or more.")
    return Ability(what, "yes", "by the clock, beside the ideal on the same server.")
