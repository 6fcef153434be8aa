"""The rules of the house, each with its reason in its message. CONTRIBUTING.md says them in words."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from litestar.routes import ASGIRoute, HTTPRoute
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import notices.models
import server.edge.errors
import sync.errors
from notices import errors
from notices.attachments import file_errors
from notices.circulation import errors as circular_errors
from notices.errors import KairanError
from notices.forms import form_errors
from notices.handover import handover_errors
from notices.life import life_errors
from notices.privacy import privacy_errors
from notices.proxies import proxy_errors
from notices.town import address_errors, people_errors
from server import migrate
from server.edge.client import PLACES
from server.edge.problems import SENTENCES
from server.edge.statuses import STATUS
from server.settings import Settings
from sync import Base
from tests.town import town

pytestmark = pytest.mark.everyday

ROOT = Path(__file__).parent.parent
PACKAGES = ("server", "notices", "sync")
FROM_SYNC = {"Base", "Change", "Question", "ScopeKey", "ask", "record", "synced", "tell"}
DOCUMENTS = ("README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
TEXTS = {
    ".py",
    ".md",
    ".js",
    ".mjs",
    ".ts",
    ".css",
    ".html",
    ".toml",
    ".json",
    ".sh",
    ".yml",
    ".yaml",
    ".sql",
    ".txt",
}
MADE_LATER = {"kairan.toml", "server/web/vendor/"}
"""What an operator writes, and what `make` does."""
ROOMY = {
    "server/web/words/ja.js": "a list of sentences: every word of the screens",
    "server/migrations/versions/0001_the_spine.py": "a schema as it was, never edited again",
}
"""Module → why it may be longer than 250 lines."""
LONG = {
    "server/migrations/versions/0001_the_spine.py upgrade": "a schema as it was",
}
"""Function → why it may be longer than 40 lines."""
SHARED = {
    "lane": "a destination answers to the whole house, not to a city (docs/decisions/0031-lanes.md)",
    "canary": "a channel works for the whole house, or not at all (docs/decisions/0038-canary.md)",
    "channel_quota": "LINE counts for the account of the house (docs/decisions/0078-what-line-has-left.md)",
}
"""Table → why it has no tenant."""
LOCKED_AWAY = ("utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Of the whole module: most rules walk all of them."""
    return tuple(ast.walk(parsed(path)))


def modules(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts and "vendor" not in path.parts:
                yield path


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(ROOT)}{line}"


def imports(path: Path) -> Iterator[tuple[ast.stmt, str, tuple[str, ...]]]:
    """(node, module, names) of every import, wherever it stands."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                f"{place(path, node)}: imports are absolute, so that the direction can be read"
            )
            yield node, node.module or "", tuple(alias.name for alias in node.names)


def tracked() -> list[Path]:
    """Files that are, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def every(root: type[Exception]) -> list[type[Exception]]:
    return [found for each in root.__subclasses__() for found in [each, *every(each)]]


def test_sync_imports_nothing_of_ours_and_nobody_imports_server() -> None:
    allowed = {"sync": {"sync"}, "notices": {"notices", "sync"}, "server": set(PACKAGES)}
    wrong = [
        f"{place(path, node)} imports {module}"
        for package in PACKAGES
        for path in modules(package)
        for node, module, _ in imports(path)
        if (root := module.partition(".")[0]) in PACKAGES and root not in allowed[package]
    ]
    assert not wrong, (
        f"server → notices → sync: the library must live without us, the domain without HTTP: {wrong}"
    )


def test_the_domain_takes_from_sync_only_what_a_use_case_needs_to_record_a_change() -> None:
    wrong = [
        f"{place(path, node)}: from {module} import {', '.join(names)}"
        for path in modules("notices")
        for node, module, names in imports(path)
        if module.partition(".")[0] == "sync" and (module != "sync" or not set(names) <= FROM_SYNC)
    ]
    assert not wrong, f"notices knows that changes are recorded, not how they travel ({FROM_SYNC}): {wrong}"


def test_the_domain_knows_no_http_no_environment_and_no_engine() -> None:
    forbidden = {"litestar", "uvicorn", "click", "httpx"}
    wrong = [
        f"{place(path, node)} imports {module}"
        for package in ("notices", "sync")
        for path in modules(package)
        for node, module, names in imports(path)
        if module.partition(".")[0] in forbidden or "create_async_engine" in names
    ]
    wrong += [
        place(path, node)
        for path in modules("notices", "sync")
        for node in nodes(path)
        if isinstance(node, ast.Attribute | ast.Name)
        and ast.unparse(node) in ("os.environ", "os.getenv", "environ")
    ]
    assert not wrong, (
        f"server alone knows HTTP, environment, processes and engines (ARCHITECTURE.md): {wrong}"
    )


def test_only_the_edge_commits() -> None:
    verbs = {"commit", "rollback"}
    wrong = [
        place(path, node)
        for path in modules()
        if path != ROOT / "server" / "db.py" and "migrations" not in path.parts
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in verbs
        and not node.args
    ]
    assert not wrong, (
        f"one request is one transaction, and server/db.py ends it; a commit elsewhere splits it: {wrong}"
    )


async def test_every_route_says_who_may_call_it(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        handlers: list[tuple[str, str, Any]] = [
            (route.path_format, str(method), handler)
            for route in here.app.routes
            if isinstance(route, HTTPRoute)
            for method, (handler, _) in route.route_handler_map.items()
        ]
        handlers += [
            (route.path_format, "ASGI", route.route_handler)
            for route in here.app.routes
            if isinstance(route, ASGIRoute)
        ]
    ours = [each for each in handlers if each[2].fn.__module__.startswith("server.")]
    assert len(ours) > 25, "the route table was read, or this rule holds for nothing"
    silent = [f"{method} {path}" for path, method, handler in ours if "who" not in handler.opt]
    assert not silent, f"who may call a route is decided where it is written, or forgotten: {silent}"
    framework = {
        path for path, method, handler in handlers if not handler.fn.__module__.startswith("server.")
    }
    strangers = {each for each in framework if not each.startswith("/schema")} - {path for path, _, _ in ours}
    assert not strangers, (
        f"the framework adds the schema and OPTIONS, and nothing else may slip in: {strangers}"
    )


def test_every_error_has_a_status() -> None:
    rooms = (
        people_errors,
        file_errors,
        address_errors,
        handover_errors,
        privacy_errors,
        proxy_errors,
        life_errors,
        circular_errors,
        form_errors,
    )
    for module in (server.edge.errors, errors, *rooms):
        assert module, "all the errors are imported, so that they can be counted"
    raised = set(every(KairanError)) | set(every(sync.errors.SyncError))
    raised -= {
        sync.errors.Unjournalled
    }  # our own mistake: it stops a commit, and is answered as `unexpected`
    missing = sorted(each.__name__ for each in raised if each not in STATUS and not each.__subclasses__())
    assert not missing, (
        f"an error without a status is a 500 for somebody (server/edge/statuses.py): {missing}"
    )
    odd = [each.__name__ for each, status in STATUS.items() if not 400 <= status < 600]
    assert not odd, f"a problem is never a success: {odd}"


def test_every_error_has_a_slug_of_its_own_and_speaks_two_languages() -> None:
    unspoken = (sync.errors.Unjournalled, sync.errors.Ahead)  # never told; told as ResyncRequired
    library = [each for each in every(sync.errors.SyncError) if each not in unspoken]
    found = [*every(KairanError), *library]
    slugs = [str(vars(each).get("slug")) for each in found]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    assert not twice, f"clients tell errors apart by their slug: {twice}"
    ugly = [slug for slug in slugs if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", slug)]
    assert not ugly, f"a slug is part of a URL: {ugly}"
    spoken: dict[type[Exception], tuple[str, str]] = dict(SENTENCES)
    for each in every(KairanError):
        spoken[each] = str(vars(each).get("ja", "")), str(vars(each).get("en", ""))
    mute = []
    for each in found:
        japanese, english = spoken.get(each, ("", ""))
        if not (_japanese(japanese) and len(english) > 10 and not _japanese(english)):
            mute.append(each.__name__)
    assert not mute, f"the message says what to do next, in the reader's language: {mute}"


def _japanese(text: str) -> bool:
    return re.search("[ぁ-ん]", text) is not None


def test_every_setting_is_in_the_readme() -> None:
    readme = ROOT / "README.md"
    assert readme.exists(), "an operator begins with the README"
    text = readme.read_text()
    missing = [name for each in fields(Settings) if (name := f"KAIRAN_{each.name.upper()}") not in text]
    assert not missing, f"a setting nobody can find is a support call: {missing}"
    helpless = [each.name for each in fields(Settings) if len(each.metadata.get("help", "")) < 15]
    assert not helpless, f"each setting is declared with its help: {helpless}"


def test_nobody_reads_a_naive_clock() -> None:
    wrong = []
    for path in modules():
        for node in nodes(path):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            verb, arguments = node.func.attr, [*node.args, *node.keywords]
            naive = verb in ("utcnow", "utcfromtimestamp") or (
                verb in ("now", "fromtimestamp")
                and ast.unparse(node.func.value).endswith("datetime")
                and not arguments
            )
            if naive or (
                verb == "today" and ast.unparse(node.func.value) in ("date", "datetime", "datetime.date")
            ):
                wrong.append(place(path, node))
    assert not wrong, f"a time without its zone is wrong by nine hours on somebody's phone: {wrong}"


def test_the_domain_is_told_the_time() -> None:
    wrong = [
        place(path, node)
        for package in ("notices", "sync")
        for path in modules(package)
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("datetime.now", "time.time", "datetime.datetime.now", "date.today")
    ]
    assert not wrong, f"the clock is an argument, or the pipeline cannot be run under a virtual one: {wrong}"


def test_no_file_names_a_package_registry() -> None:
    # Put together here, so that this file does not name them either.
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("deb", "debian", "org"),
            ("security", "debian", "org"),
            ("archive", "ubuntu", "com"),
            ("crates", "io"),
        )
    ]
    wrong = []
    for path in tracked():
        data = path.read_bytes()
        wrong += [f"{place(path)}: {host}" for host in hosts if host.encode() in data]
    assert not wrong, f"each machine has its own mirror; an address in a file breaks the others: {wrong}"


def test_what_calls_itself_pure_is_pure() -> None:
    forbidden = {"asyncio", "httpx", "aiohttp", "aiosmtplib", "socket", "time", "secrets", "os", "litestar"}
    pure = [path for path in modules() if (ast.get_docstring(parsed(path)) or "").startswith("PURE")]
    assert len(pure) > 8, "the pure modules were found, or this rule holds for nothing"
    wrong = []
    for path in pure:
        for node, module, names in imports(path):
            sessions = (
                module.startswith("sqlalchemy.ext.asyncio") or "AsyncSession" in names or "Session" in names
            )
            if module.partition(".")[0] in forbidden or sessions:
                wrong.append(f"{place(path, node)} imports {module}")
        for inner in nodes(path):
            called = ast.unparse(inner.func) if isinstance(inner, ast.Call) else ""
            if called in ("datetime.now", "open", "Path.open") or called.startswith("random."):
                wrong.append(f"{place(path, inner)} reads the clock, a file or chance")
            if isinstance(inner, ast.AsyncFunctionDef):
                wrong.append(f"{place(path, inner)} waits for something")
    assert not wrong, f"a pure module can be tested by its values alone: {wrong}"


@pytest.mark.parametrize(
    "named",
    ["sync/delta", "notices/records/audience", "notices/outcomes", "notices/waits", "notices/wording/render"],
)
def test_the_core_that_is_pure_says_so(named: str) -> None:
    path = ROOT / f"{named}.py"
    docstring = (ast.get_docstring(parsed(path)) or "") if path.exists() else ""
    assert "pure" in docstring.split("\n")[0].lower(), (
        f"{named} decides what people see, without touching anything; a reader must see that at the top"
    )


def test_no_room_is_a_box_room() -> None:
    wrong = [place(path) for path in modules() if path.stem in LOCKED_AWAY or path.parent.name in LOCKED_AWAY]
    assert not wrong, f"a module is named for what it promises; what fits nowhere hides there: {wrong}"


def test_rooms_are_small() -> None:
    scripts = [path for path in (ROOT / "server" / "web").rglob("*.js") if "vendor" not in path.parts]
    big = {
        place(path): lines
        for path in [*modules(), *scripts]
        if (lines := len(path.read_text().splitlines())) > 250 and place(path) not in ROOMY
    }
    assert not big, f"past 250 lines a second thing has moved in (CONTRIBUTING.md): {big}"


def test_functions_are_small() -> None:
    long = [
        f"{name} ({lines})"
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := length(node)) > 40
        and (name := f"{place(path)} {node.name}") not in LONG
    ]
    assert not long, f"a function of more than 40 lines does two things: {long}"


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of what it does: a signature with a parameter a line, and a docstring, are for reading."""
    said = ast.get_docstring(function) is not None and len(function.body) > 1
    return (function.end_lineno or 0) - function.body[said].lineno + 1


def test_what_a_document_names_is_there() -> None:
    wrong = [
        f"{document}: {named}"
        for document in DOCUMENTS
        for named in paths_in((ROOT / document).read_text())
        if not (ROOT / named).exists() and named not in MADE_LATER
    ]
    assert not wrong, f"a reader who follows a dead path stops believing the rest: {wrong}"


def paths_in(text: str) -> Iterator[str]:
    """Targets of links and pictures, and what stands in backticks and looks like a path."""
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            yield target
    yield from re.findall(r"`([\w.-]+/[\w./-]*)`", text)
    yield from re.findall(r"`([\w.-]+\.(?:md|toml|lock|json))`", text)


def test_a_document_that_is_cited_is_there() -> None:
    files = tracked()
    there = {str(path.relative_to(ROOT)) for path in files}
    names = {path.name for path in files}
    wrong = []
    for path in files:
        if path.suffix not in TEXTS and path.name != "Makefile":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            cited = re.findall(r"[\w./-]*\w\.md\b", line)
            wrong += [
                f"{place(path)}:{number}: {each}"
                for each in cited
                if each not in (there if "/" in each else names) and not (path.parent / each).is_file()
            ]
    assert not wrong, f"a rule that is kept in a paper nobody has is no rule: say it in words: {wrong}"


def test_the_city_comes_first_in_every_key() -> None:
    assert notices.models, "all tables are imported, so that they can be counted"
    wrong = {
        table.name: [column.name for column in table.primary_key]
        for table in Base.metadata.tables.values()
        if next(iter(table.primary_key)).name != "tenant" and table.name not in SHARED
    }
    assert len(Base.metadata.tables) > 20, "the tables were found, or this rule holds for nothing"
    assert not wrong, (
        f"the city is the distribution key of every table (docs/decisions/0012-tenant-first.md): {wrong}"
    )


def test_no_foreign_key_crosses_the_border_between_packages() -> None:
    home = {
        str(mapper.local_table): mapper.class_.__module__.partition(".")[0]
        for mapper in Base.registry.mappers
    }
    wrong = [
        f"{table.name} → {key.column.table.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if home.get(table.name) != home.get(key.column.table.name)
    ]
    assert not wrong, (
        f"models live with their package; what is shared is the session (ARCHITECTURE.md): {wrong}"
    )


def test_migrations_are_numbered_and_have_one_head() -> None:
    scripts = ScriptDirectory(str(migrate.FOLDER))
    assert len(scripts.get_heads()) == 1, f"two heads are two schemas: {scripts.get_heads()}"
    assert len(scripts.get_bases()) == 1, f"there is one beginning: {scripts.get_bases()}"
    names = sorted(path.name for path in (migrate.FOLDER / "versions").glob("*.py"))
    numbers = [name[:4] for name in names]
    assert numbers == [f"{each:04}" for each in range(1, len(names) + 1)], f"numbered without a gap: {names}"


async def test_migrations_make_exactly_what_the_models_say(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences)
    await engine.dispose()
    assert found == [], f"a database made by migrations and one made by the models are one schema: {found}"


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, Base.metadata))


def test_a_record_that_phones_hold_is_made_in_one_place() -> None:
    makers = {
        place(path)
        for path in modules("notices", "server")
        for node in nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Change"
    }
    allowed = {
        "notices/approval/records.py",
        "notices/bundles/carriages.py",
        "notices/records/projection.py",
        "notices/records/placing.py",
        "notices/circulation/records.py",
        "notices/forms/form_records.py",
        "notices/life/telling.py",
        "notices/ledger/receipts.py",
        "notices/ledger/stamps.py",
        "notices/ledger/reach_records.py",
        "notices/publishing/drafts.py",
        "notices/handover/scheduling.py",
        "notices/proxies/records.py",
        "notices/safety/boards.py",
        "notices/safety/household_records.py",
        "notices/town/preferences.py",
        "notices/enrolment/records.py",
        "notices/sheets/sheet_records.py",
        "notices/privacy/consent.py",
        "notices/privacy/erasure.py",
        "notices/privacy/looks.py",
        "notices/privacy/retention.py",
        "server/keeping/erased.py",
        "server/syncing/mutations.py",
    }
    assert makers == allowed, (
        f"what a client may know is decided in few places, read together (projection): {makers ^ allowed}"
    )


def test_every_screen_has_a_place_that_opens_without_a_signal() -> None:
    text = (ROOT / "server" / "web" / "router.js").read_text()
    addresses = re.findall(r"""path: (?:/\^|RegExp\(`\^)\\?/([a-z]*)""", text)
    assert len(addresses) == text.count("path: "), "the pattern above finds them all"
    assert set(addresses) - {""} == set(PLACES), "server/edge/client.py: the page, and the worker's list"


ASKED = {
    "parts/address-box",
    "parts/city-doors",
    "parts/line-box",
    "parts/meanwhile",
    "parts/my-records",
    "parts/passkey-box",
    "read/alarm",
    "read/circulars",
    "read/forecast",
    "read/keeps",
    "read/life",
    "read/reachability",
    "read/report",
    "read/sheets",
    "screens/alarm-one",
    "screens/alerts",
    "screens/city-one",
    "screens/city-reach",
    "screens/exercise",
    "screens/family-paper",
    "screens/find",
    "screens/form-results",
    "screens/handover",
    "screens/lanes",
    "screens/orphans",
    "screens/sent-one",
}
"""What asks the server for what it shows: overviews that count over a city or a year, one's own settings,
and what became meanwhile of a draft that two people have open."""


def test_what_a_screen_shows_lies_on_the_phone_but_for_overviews() -> None:
    folder = ROOT / "server" / "web"
    sources = (path for name in ("parts", "read", "screens") for path in (folder / name).rglob("*.js"))
    asking = {
        path.relative_to(folder).with_suffix("").as_posix()
        for path in sources
        if re.search(r"""call\(\s*"GET\"""", path.read_text())
    }
    assert asking == ASKED, f"docs/decisions/0023: {asking ^ ASKED}"


OF_ALL = {
    "app",
    "parts/strips",
    "read/alarm",
    "read/hats",
    "read/life",
    "read/me",
    "read/reach",
    "read/way-back",
    "screens/back",
    "screens/circular",
    "screens/circulars",
    "screens/form-enter",
    "screens/list",
    "screens/reaches",
    "screens/safety",
    "screens/sent",
    "screens/sheet",
    "screens/write",
}
"""Shows or judges by every association one is an officer of; all else asks read/hats for which one works (decision 0073)."""


def test_no_screen_takes_the_first_of_an_officers_associations() -> None:
    folder = ROOT / "server" / "web"
    asking, first = set(), []
    for path in sorted(folder.rglob("*.js")):
        text = path.read_text()
        if "vendor" in path.parts or not re.search(r"\b(officerOf|leaderOf)\(", text):
            continue
        asking.add(path.relative_to(folder).with_suffix("").as_posix())
        taken = re.search(
            r"\b(officerOf|leaderOf)\([^)]*\)\)?(\[0\]|\.at\(0\)|\.find\()|\bmine(\[0\]|\.at\(0\))", text
        )
        first += [place(path)] if taken else []
        if path.stem != "hats" and re.search(
            r"(const|let) \[[^\]]*\] = [^;]*\b(mine|officerOf\(me\)|leaderOf\(me\));", text
        ):
            first.append(place(path))
    assert not first, f"who is an officer of two would see one of them only: {first}"
    assert asking == OF_ALL, f"read/hats.js: {asking ^ OF_ALL}"


def test_words_of_the_screens_are_in_one_place() -> None:
    folder = ROOT / "server" / "web"
    japanese = re.compile("[ぁ-んァ-ヶ一-龠]")
    wrong = []
    for path in sorted(folder.rglob("*.js")):
        if {"words", "vendor", "node_modules"} & set(path.relative_to(folder).parts):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = re.sub(r"//.*|/?\*.*", "", line)
            if japanese.search(code):
                wrong.append(f"{place(path)}:{number}")
    assert not wrong, f"every string of the interface will exist in all languages: {wrong}"


def test_no_test_is_skipped_or_forgiven() -> None:
    wrong = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and node.attr in ("skip", "skipif", "xfail", "importorskip"):
                wrong.append(place(path, node))
    assert not wrong, f"a test that did not run has shown nothing: {wrong}"


def test_nobody_sleeps_and_hopes() -> None:
    wrong = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        loops = [node for node in nodes(path) if isinstance(node, ast.While | ast.For | ast.AsyncFor)]
        polling = {id(inner) for loop in loops for inner in ast.walk(loop)}
        for node in nodes(path):
            sleeps = isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep")
            if sleeps and id(node) not in polling:
                wrong.append(place(path, node))
    assert not wrong, f"a test waits for what it needs, not for a while: {wrong}"


def test_mail_addresses_are_invented() -> None:
    address = re.compile(rb"(?<![:/A-Za-z0-9._+-])[A-Za-z0-9._+-]{2,}@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
    ours = (b"example.jp", b"example.com", b"example.org", b"example")
    wrong = [
        f"{place(path)}: {found[0].decode()}"
        for path in tracked()
        if path.suffix in (".py", ".md", ".csv", ".toml", ".js", ".html") and "vendor" not in path.parts
        for found in address.finditer(path.read_bytes())
        if not found[1].lower().endswith(ours)
        and not re.match(rb"[\d.]+$", found[1])
        and found[1].lower().rpartition(b".")[2] in (b"jp", b"com", b"net", b"org", b"io")
        and found[1].lower() != b"docomo.ne.jp"
    ]
    assert not wrong, f"no real person's address is in this repository: {wrong}"


def test_every_rule_says_why() -> None:
    silent = []
    for node in parsed(Path(__file__)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            asserts = [each for each in ast.walk(node) if isinstance(each, ast.Assert)]
            if not asserts or any(each.msg is None for each in asserts):
                silent.append(node.name)
    assert not silent, f"a rule that does not say why is broken by the next who is in a hurry: {silent}"
