"""`make bench`: every figure of docs and promises, measured in one run.

ARGS="corridor latency memory promise sweep" chooses parts. BENCH_SIZES=10000,100000 chooses the sizes of the stores
that screens are measured on, BENCH_MAILS how many mails walk the corridor.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import ROOT, corridor, latency, machine, memory, promise, sweep
from bench.corridor import POSTGRES, SQLITE
from bench.mails import mails
from bench.report import Report, crowd
from bench.watch import Spent

LAST = ROOT / "bench" / "results" / "last.json"
LEAST_MAILS = {SQLITE: 1000.0, POSTGRES: 500.0}
MOST_CPU = {SQLITE: 1.2, POSTGRES: None}
SLOWEST_PAGE = 50.0
POSTGRES_SIZE = 100_000
WAITS = 100_000
SLOWEST_FIGURES = 100.0


def _corridor(report: Report) -> None:
    report.begin("The corridor: IMAP, raw, read, threaded, indexed, waited for")
    measured = corridor.measure(int(os.environ.get("BENCH_MAILS", "5000")))
    parse = measured["parse"]
    slowed = max(1.0, parse.wall / parse.cpu)
    for name in ("fetch", "our fetch", "parse", "insert, SQLite", "insert, PostgreSQL"):
        report.add(f"{name} only", measured[name].rate, "mails/s")
        report.add(f"{name} only", measured[name].cpu_ms, "ms CPU")
    for name in (SQLITE, POSTGRES):
        through = measured[f"corridor, {name}"]
        parts = [measured["fetch"], parse, measured[f"insert, {name}"]]
        floor = Spent(sum(part.wall for part in parts), sum(part.cpu for part in parts), through.count)
        report.add(f"corridor, {name}", through.rate, "mails/s", least=LEAST_MAILS[name], crowd=slowed)
        report.add(f"corridor, {name}", through.cpu_ms, "ms CPU", most=MOST_CPU[name])
        report.add(f"the floor's sum, {name}", floor.cpu_ms, "ms CPU")
        report.add(f"corridor to floor, {name}: CPU", through.cpu / floor.cpu, "times")
        report.add(f"corridor to floor, {name}: wall", through.wall / floor.wall, "times")


def _latency(report: Report) -> None:
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]
    places = [(SQLITE, size) for size in sizes]
    if POSTGRES_SIZE in sizes:
        places.append((POSTGRES, POSTGRES_SIZE))
    for kind, size in places:
        report.begin(f"Screens, {size:,} conversations on {kind}, in the server".replace(",000", "\u202f000"))
        for _, url in corridor.urls([kind]):
            with latency.filled(url, size) as (context, building):
                report.say(
                    f"built in {building['seconds']:.0f} s, {building['index_us']:.0f} µs CPU to index a message"
                )
                slowed = crowd()
                for name, times in latency.measure(context, size).items():
                    report.add(f"{name}, p50", times.p50, "ms")
                    report.add(f"{name}, p95", times.p95, "ms", most=SLOWEST_PAGE, crowd=slowed)
                    report.add(f"{name}, middle", times.cpu, "ms CPU")


def _memory(report: Report) -> None:
    report.begin("`inbox serve`, one mail account, one open screen")
    slowed = crowd()
    with TemporaryDirectory(prefix="u24-bench-") as folder:
        measured = memory.measure(Path(folder), list(mails(int(os.environ.get("BENCH_MAILS", "5000")))))
    report.add("memory, idle", measured["idle"], "MB", most=200)
    report.add("memory, peak while catching up", measured["peak"], "MB", most=300)
    report.add("until the first answer", measured["start"], "s", most=5, crowd=slowed)
    report.add("catching up beside the screens", measured["rate"], "mails/s")


def _sweep(report: Report) -> None:
    for name, url in corridor.urls([SQLITE, POSTGRES]):
        report.begin(f"Deadlines, 1\u202f000\u202f000 open waits on {name}")
        looked, slowed = sweep.measure(url, 1_000_000), crowd()
        report.add("a look, 10 due", looked.due.cpu_ms, "ms CPU", most=10)
        report.add("a look, 10 due, with its commit", looked.due.wall_ms, "ms", most=10, crowd=slowed)
        report.add("a look, nobody due", looked.idle.cpu_ms, "ms CPU", most=10)
        report.add("2\u202f000 due at once, a transaction, p50", looked.storm_p50, "ms")
        report.add("2\u202f000 due at once, a transaction, p95", looked.storm_p95, "ms", most=100, crowd=slowed)


def _promise(report: Report) -> None:
    for name, url in corridor.urls([SQLITE, POSTGRES]):
        report.begin(f"The promise, 100\u202f000 waits in twelve weeks on {name}, in the server")
        with promise.filled(url, WAITS) as context:
            slowed = crowd()
            for page, times in promise.measure(context, WAITS).items():
                most = promise.PAGES[page].most
                report.add(page, times.cpu, "ms CPU", most=most)
                report.add(page, times.p95, "ms, p95", most=max(most, SLOWEST_FIGURES), crowd=slowed)
                report.add(page, times.statements, "questions")


PARTS: dict[str, Callable[[Report], None]] = {
    "corridor": _corridor,
    "sweep": _sweep,
    "promise": _promise,
    "memory": _memory,
    "latency": _latency,
}


def main(names: list[str]) -> int:
    """Measure the parts named, or all; 1 when a limit was missed by more than the noise."""
    if unknown := set(names) - set(PARTS):
        print(f"There is no part {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    facts, report = machine.facts(), Report()
    print("\n".join(f"{name:<9} {fact}" for name, fact in facts.items()))
    for name in names or PARTS:
        PARTS[name](report)
    report.write(LAST, facts)
    judged = [line for line in report.lines if line.verdict]
    print(f"\n{len(judged) - len(report.missed)} of {len(judged)} limits kept. All of it: {LAST.relative_to(ROOT)}")
    for line in report.missed:
        print(f"missed: {line.part}: {line.name}: {line.value:g} {line.unit}, not {line.limit}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
