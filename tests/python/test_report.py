"""Why a build failed, from dbt's events: what the faults through `make build` do not reach."""

import json
import signal

import pytest
from building.report import MOST_LINES, follow, plain, report, what_stopped


def event(name: str, thread: str = "Thread-1", /, **data: object) -> str:
    return json.dumps({"info": {"name": name, "thread": thread}, "data": data})


def test_what_a_test_prints_waits_for_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    """Two threads at once: of the test that warns all is printed, of the one that fails all is a cause."""
    test = {"resource_type": "test"}
    causes = follow(
        [
            event("LogStartLine", "Thread-1", node_info=test),
            event("LogStartLine", "Thread-2", node_info=test),
            event("PrintEvent", "Thread-1", msg="a fault"),
            event("PrintEvent", "Thread-2", msg="a warning"),
            event("PrintEvent", "Thread-3", msg="Loaded 1 rows"),
            "a line of another library",
            event("LogTestResult", "Thread-1", status="fail", name="t1", num_failures=1, node_info={"unique_id": "1"}),
            event("LogTestResult", "Thread-2", status="warn", name="t2", num_failures=1, node_info={"unique_id": "2"}),
            event("RunResultError", "MainThread", msg="Got 1 result", node_info={"unique_id": "1"}),
            event("RunResultError", "MainThread", msg="the same", node_info={"unique_id": "3"}),
            event("RunResultError", "MainThread", msg="the same", node_info={"unique_id": "4"}),
        ]
    )
    assert causes == ["a fault", "the same"]
    assert capsys.readouterr().out == "Loaded 1 rows\na warning\n"


def test_a_test_that_prints_nothing_is_named() -> None:
    failed = event(
        "LogTestResult", status="fail", name="not_null_dim_icb", num_failures=1234, node_info={"unique_id": "1"}
    )
    assert follow([failed]) == ["The data test not_null_dim_icb found 1,234 rows that break its rule."]


def test_a_model_that_the_engine_refuses_is_named_by_its_file() -> None:
    message = (
        "Runtime Error in model dim_date (models/core/dim_date.sql)\n  Binder Error: no column x\n\n"
        "  LINE 1: select x\n         ^\n  compiled code at target/run/dim_date.sql"
    )
    assert plain(message) == "models/core/dim_date.sql: Binder Error: no column x"


def test_steps_that_run_out_of_memory_are_one_cause() -> None:
    """Each says how much was used when it ran out."""
    said = "Runtime Error in model {0} (models/{0}.sql)\n  Out of Memory Error: failed to pin block ({1} MiB used)"
    causes = follow([event("RunResultError", msg=said.format(name, used)) for name, used in (("b", 23.5), ("a", 22.5))])
    assert [cause.splitlines()[:2] for cause in causes] == [
        [
            "The build needs more memory than it may have.",
            "    found: Out of Memory Error: failed to pin block (22.5 MiB used)",
        ]
    ]


def test_a_run_that_the_system_killed_says_what_to_do() -> None:
    assert "NHS_MEMORY_LIMIT" in what_stopped(-signal.SIGKILL, "")
    assert what_stopped(1, "Traceback\n  ...\nValueError: \x1b[2J\n\n") == "dbt could not run: ValueError: ?[2J"
    assert what_stopped(3, "") == "dbt could not run: it ended with code 3"


@pytest.mark.parametrize("lengths", [[1], [13], [12, 3], [4, 4, 4, 2], [30], [30, 30], [4] * 9, [1] * 40])
def test_every_report_fits_on_a_screen_and_says_what_it_leaves_out(lengths: list[int]) -> None:
    causes = ["\n".join(f"cause {number}, line {line}" for line in range(n)) for number, n in enumerate(lengths)]
    lines = report(causes).splitlines()
    assert len(lines) <= MOST_LINES - 2
    assert lines[0] == "cause 0, line 0"
    if sum(lengths) <= MOST_LINES - 2:
        assert lines == "\n".join(causes).splitlines()
    else:
        assert any(line.startswith("... and ") for line in lines)
    assert len(report(["x" * 10_000])) < 500


def test_a_list_that_is_cut_says_how_many_it_leaves_out_and_a_message_still_says_what_to_do() -> None:
    offenders = [line for number in range(20) for line in (f"offender {number}", "    an example")]
    lines = report(["\n".join([*offenders, "... and 1,000 more like these"])]).splitlines()
    assert lines == [*offenders[:12], "... and 1,014 more like these"]
    broken = "file.csv: a line cannot be read.\n" + 20 * "    found: x\n" + "    Export it again."
    assert report([broken, broken + "!"]).splitlines()[-1] == "    Export it again.!"
    long_example = "offender\n" + 20 * "    for example x\n" + "... and 3 more like these"
    assert report([long_example]).splitlines() == ["offender", "... and 3 more like these"]


def test_causes_come_in_the_same_order_whichever_step_ends_first() -> None:
    found = [event("MainEncounteredError", exc=f"{file}.csv: cut.") for file in ("b", "a", "b")]
    assert follow(found) == ["a.csv: cut.", "b.csv: cut."]
