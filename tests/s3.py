"""An S3-compatible store of our own: moto's server on a real socket of this machine, spoken to by HTTP alone."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

_NUMBERS: Final = count(1)
"""moto keeps what it holds per process, not per server: each server has a bucket of its own."""
CREDENTIALS: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "key-of-a-test",
    "AWS_SECRET_ACCESS_KEY": "secret-of-a-test",
    "AWS_REGION": "ap-northeast-1",
}


@dataclass
class S3:
    endpoint: str
    url: str

    @property
    def settings(self) -> dict[str, str]:
        return {"files_url": self.url, "files_endpoint": self.endpoint}


@contextmanager
def server() -> Iterator[S3]:
    """With one empty bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    endpoint, bucket = f"http://{host}:{port}", f"kairan-town-{next(_NUMBERS)}"
    try:
        with urlopen(Request(f"{endpoint}/{bucket}", method="PUT", headers={"x-amz-acl": "private"})):
            yield S3(endpoint, f"s3://{bucket}/town/files")
    finally:
        running.stop()


def sign_in(patch: pytest.MonkeyPatch) -> None:
    """Only what a test says: the machine may have credentials of its own."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            patch.delenv(name)
    for name, value in CREDENTIALS.items():
        patch.setenv(name, value)
