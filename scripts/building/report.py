"""What a run of dbt says while it works and, if it fails, why: each cause once, without what only dbt needs to know."""

import json
import re
import signal
import textwrap
from collections.abc import Iterable

# What a failed build prints fits on a screen, the two closing lines included; the log has the rest.
MOST_LINES = 15
MOST_CHARACTERS = 400

# What an engine says of a file or of the machine, and the same for its user; {found} is the engine's own line.
ENGINE_SAYS = {
    r"No magic bytes found at end of file '(?P<file>.+)'": (
        "{file}: this is not a whole Parquet file.\n"
        "    expected: Parquet, from the first byte to the last\n"
        "    found: {found}\n"
        "    The file was cut short or is of another kind: export or download it again."
    ),
    r"(Unexpected end of GZIP stream|Input is not a GZIP stream): (?P<file>.+)": (
        "{file}: this is not a whole gzip file.\n"
        "    expected: gzip, from the first byte to the last\n"
        "    found: {found}\n"
        "    The file was cut short or is of another kind: export or download it again."
    ),
    r"Out of Memory Error": (
        "The build needs more memory than it may have.\n"
        "    found: {found}\n"
        "    Raise NHS_MEMORY_LIMIT (for example NHS_MEMORY_LIMIT=4GB), or free memory on this machine."
    ),
    r"File too large|No space left on device|Could not write": (
        "The build could not write to the disk.\n"
        "    found: {found}\n"
        "    Free space on the disk that holds target/ and build again."
    ),
    r"Memory must have a number|Unknown unit for memory": (
        "NHS_MEMORY_LIMIT is not an amount of memory.\n"
        "    expected: a number and its unit, such as 4GB\n"
        "    found: {found}"
    ),
}


def follow(events: Iterable[str]) -> list[str]:
    """Print what a run of dbt tells its user, as it comes, and return the causes of its failure, each once and sorted.

    `events` are the lines of dbt's log in JSON. What a data test prints before its result is known waits for it: the
    offenders of a test that fails are a cause, those of one that warns are printed.
    """
    causes: dict[str, None] = {}
    testing: dict[str, list[str]] = {}  # by thread, what the test that it is at has printed
    failed_tests = set()
    for line in events:
        try:
            event = json.loads(line)
            name, thread, data = event["info"]["name"], event["info"]["thread"], event["data"]
        except (ValueError, TypeError, KeyError):
            continue  # not dbt's: a library that prints
        node = data.get("node_info", {})
        if name == "LogStartLine" and node.get("resource_type") == "test":
            testing[thread] = []
        elif name == "PrintEvent" and thread in testing:
            testing[thread].append(data["msg"])
        elif name == "PrintEvent":
            print(data["msg"], flush=True)
        elif name == "LogTestResult":
            told = testing.pop(thread, [])
            if data["status"] == "fail":
                failed_tests.add(node["unique_id"])
                count = data["num_failures"]
                causes["\n".join(told) or f"The data test {data['name']} found {count:,} rows that break its rule."] = (
                    None
                )
            elif told:
                print("\n".join(told), flush=True)
        elif name == "RunResultError" and node.get("unique_id") not in failed_tests:
            causes[plain(data["msg"])] = None
        elif name == "RunResultErrorNoMessage":
            causes[f"{node.get('node_name', 'A step')} failed."] = None
        elif name == "MainEncounteredError":
            causes[plain(data["exc"])] = None
    # Several steps may run out of the same thing, and differ in what the engine found then.
    once = {re.sub(r"(?m)^    found: .*$", "", cause): cause for cause in sorted(causes, reverse=True)}
    return sorted(once.values())


def plain(message: str) -> str:
    """Return an error of dbt's for its user: without the step, the macros and the files of dbt around it."""
    lines = message.strip().splitlines()
    kind, file = "", ""
    if frame := re.fullmatch(r"(\w+) Error in \w+ .+? \((.+)\)", lines[0]):
        kind, file = frame.groups()
        lines = lines[1:]
    body = []
    for line in lines:
        # An engine's own words end with a picture of the SQL, after an empty line.
        if re.match(r"\s*(> in |> called by |compiled code at )", line) or (kind != "Compilation" and not line.strip()):
            break
        body.append(line)
    text = printable(textwrap.dedent("\n".join(body)).strip())
    for pattern, advice in ENGINE_SAYS.items():
        if found := re.search(pattern, text):
            return advice.format(found=text.splitlines()[0], **found.groupdict())
    return text if kind in ("", "Compilation") or file.startswith("seeds/raw/") else f"{file}: {text}"


def printable(text: str) -> str:
    """Return `text` with a question mark for each character that would move a terminal's cursor or turn its words."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "?", text)


def what_stopped(code: int, said: str) -> str:
    """Return why dbt ended with `code` without a word in its log; `said` is what it wrote on the error stream."""
    if code == -signal.SIGKILL:
        return (
            "The system ended dbt, most often because memory ran out.\n"
            "    Set a limit, such as NHS_MEMORY_LIMIT=4GB, so that what does not fit into it goes to the disk."
        )
    last = next((line for line in reversed(said.splitlines()) if line.strip()), f"it ended with code {code}")
    return f"dbt could not run: {printable(last.strip().removeprefix('Error: '))}"


def report(causes: list[str]) -> str:
    """Return the causes of a failed build as at most MOST_LINES - 2 lines, the longest cut first."""
    blocks = [cause.splitlines() for cause in causes]
    left_out = 0
    while sum(map(len, blocks)) + bool(left_out) > MOST_LINES - 2:
        longest = max(range(len(blocks)), key=lambda number: (len(blocks[number]), number))
        if len(blocks[longest]) > 4:
            blocks[longest] = shorter(blocks[longest])
        else:
            blocks.pop()
            left_out += 1
    lines = [line for block in blocks for line in block] + ([f"... and {left_out} more"] if left_out else [])
    return "\n".join(line if len(line) <= MOST_CHARACTERS else line[:MOST_CHARACTERS] + " ..." for line in lines)


def shorter(block: list[str]) -> list[str]:
    """Return a cause with a line less: of a message, whose last line says what to do, the one before; of a list, as the
    macro name_offenders writes it, the last entry, with its example."""
    if all(line.startswith(" ") for line in block[1:]):
        return block[:-2] + block[-1:]
    more = re.fullmatch(r"\.\.\. and ([\d,]+) more like these", block[-1])
    entries = block[:-1] if more else block
    last = max(number for number, line in enumerate(entries) if not line.startswith(" "))
    count = (last > 0) + (int(more[1].replace(",", "")) if more else 0)
    return [*entries[: last or 1], f"... and {count:,} more like these"]
