"""What Litestar costs by itself: a handler that returns given bytes, and one that returns nothing."""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Response, get


def make_app(page: bytes) -> Litestar:
    @get("/page")
    async def whole() -> Response[bytes]:
        return Response(page, media_type="application/json", headers={"Cache-Control": "no-store"})

    @get("/nothing", status_code=204)
    async def nothing() -> None:
        return None

    return Litestar([whole, nothing], logging_config=None, openapi_config=None)


if __name__ == "__main__":
    app: Any = make_app(Path(sys.argv[2]).read_bytes())
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False, ws="none")
