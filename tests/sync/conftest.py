"""`store` runs a test on both databases."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.databases import Databases
from tests.sync.store import Store, make_tables, sqlite_engine


@pytest.fixture(scope="session")
def sync_template(databases: Databases) -> Iterator[str]:
    """A PostgreSQL database that holds our tables and nothing else."""
    url = databases.create()
    _build(create_async_engine(url))
    yield url
    databases.drop(url)


def _build(engine: AsyncEngine) -> None:
    async def build() -> None:
        await make_tables(engine)
        await engine.dispose()

    # A loop of its own: pytest-asyncio owns the current one.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(build())


@pytest.fixture
def sync_postgresql(databases: Databases, sync_template: str) -> Iterator[str]:
    url = databases.create(copy_of=sync_template)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def sync_sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sync") / "template.db"
    _build(sqlite_engine(str(path)))
    return path


@pytest.fixture
def sync_sqlite(sync_sqlite_template: Path, tmp_path: Path) -> str:
    return str(shutil.copyfile(sync_sqlite_template, tmp_path / "sync.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param, request.getfixturevalue(f"sync_{request.param}")


@pytest.fixture
async def store(place: tuple[str, str]) -> AsyncIterator[Store]:
    dialect, where = place
    engine = sqlite_engine(where) if dialect == "sqlite" else create_async_engine(where, pool_size=8)
    yield Store(engine)
    await engine.dispose()


@pytest.fixture
async def sqlite_store(sync_sqlite: str) -> AsyncIterator[Store]:
    engine = sqlite_engine(sync_sqlite)
    yield Store(engine)
    await engine.dispose()


@pytest.fixture
async def postgresql_store(sync_postgresql: str) -> AsyncIterator[Store]:
    engine = create_async_engine(sync_postgresql, pool_size=16)
    yield Store(engine)
    await engine.dispose()
