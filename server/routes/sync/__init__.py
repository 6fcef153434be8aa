"""The sync protocol's edge. All it adds is who is asking; pages and results come ready from the library."""

from litestar import Router

from server.routes.sync.hello import hello
from server.routes.sync.manifest import list_records, tell_records
from server.routes.sync.pulling import pull_page
from server.routes.sync.pushing import push_all

router = Router(
    "/sync/v1", route_handlers=[pull_page, push_all, hello, list_records, tell_records], tags=["sync"]
)
