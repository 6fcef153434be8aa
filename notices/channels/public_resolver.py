"""push_hosts.addresses_of, as aiohttp asks for it. A module of its own: aiohttp is 8 MB, which few processes ever need."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from notices.channels import push_hosts


class PublicResolver(AbstractResolver):
    """aiohttp connects to what is returned here and asks nobody again."""

    def __init__(self, exempt: frozenset[str]) -> None:
        self._exempt = exempt

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await push_hosts.addresses_of(host, port, self._exempt, family)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
            for kind, address in found
        ]

    async def close(self) -> None:
        """Nothing is kept."""
