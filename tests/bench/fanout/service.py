"""A push service that is fast enough to be measured against: nginx takes what comes, and hands a sample to a phone in Node
(tests/h2sink.mjs) that opens it. A real one is built so; one in Node alone took a third of what a push costs in all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.bench.sync.lab import free_port
from tests.h2sink import H2Sink, h2sink
from tests.unpacked import running

# Of HTTP/2 it is as generous as the large services are: 250 streams, and a connection that stays.
_NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 4096; }}
http {{
    log_format arrived '$msec $status $server_protocol';
    access_log {folder}/arrived arrived;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    client_body_buffer_size 16k; http2_max_concurrent_streams 250;
    keepalive_requests 10000000; keepalive_timeout 1h;
    ssl_certificate {certificate}; ssl_certificate_key {certificate};
    split_clients $request_id $opened {{ {percent}% yes; * ""; }}
    upstream phones {{ server 127.0.0.1:{phones}; keepalive 8; keepalive_requests 10000000; }}
    server {{
        listen 127.0.0.1:{port} ssl http2;
        if ($opened) {{ rewrite ^ /opened$uri last; }}
        location /opened/ {{
            internal; rewrite ^/opened(.*)$ $1 break;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host; proxy_set_header Connection "";
            proxy_pass https://phones;
        }}
        # What has a mirror is read whole; what is merely answered would be before its body came. That there is no such
        # file is how it comes to its answer.
        location /push/ {{ mirror /mirror; log_not_found off; error_page 404 =201 /taken; }}
        location = /mirror {{ internal; return 204; }}
        location = /taken {{ internal; return 201; }}
    }}
}}
"""


class Service(H2Sink):
    """A phone's keys are those of the sink behind it, which opens what it is handed."""

    def __init__(self, origin: str, phones: H2Sink, arrived: Path) -> None:
        super().__init__(origin, phones.authorities, phones.seed, phones.pid)
        self._phones, self._arrived, self._passed = phones, arrived, 0

    async def anew(self) -> None:
        self._passed = self._arrived.stat().st_size

    async def report(self) -> dict[str, Any]:
        """As the sink's, but `requests`, `http2` and `first` (in ms) are of all that came since `anew`."""
        lines = self._arrived.read_bytes()[self._passed :].decode().splitlines()
        pushes = [line.split() for line in lines]
        assert {status for _, status, _ in pushes} <= {"201"}, "everything was taken"
        return await self._phones.report() | {
            "requests": len(pushes),
            "http2": sum(protocol == "HTTP/2.0" for *_, protocol in pushes),
            "first": 1000 * float(pushes[0][0]) if pushes else 0,
        }


@asynccontextmanager
async def service(folder: Path, *, sample: int) -> AsyncIterator[Service]:
    """Opens about one push in every `sample`."""
    async with h2sink(folder) as phones:
        home, port = folder / "nginx", free_port()
        home.mkdir()
        said = {"folder": home, "port": port, "phones": phones.port, "certificate": phones.authorities}
        (home / "nginx.conf").write_text(_NGINX.format(**said, percent=f"{100 / sample:.2f}"))
        command = ("-p", str(home), "-e", str(home / "errors"), "-c", str(home / "nginx.conf"))
        async with running("nginx", "usr/sbin/nginx", *command, port=port):
            yield Service(f"https://localhost:{port}", phones, home / "arrived")
