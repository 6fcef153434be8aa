"""The sync protocol's edge. All it adds is who is asking; pages and results come ready from the library."""

from litestar import Router

from server.routes.sync.hello import hello
from server.routes.sync.live import live
from server.routes.sync.manifest import list_records, tell_records
from server.routes.sync.pulling import pull_page
from server.routes.sync.pushing import push_all
from server.routes.sync.segments import segment

router = Router(
    "/sync/v1",
    route_handlers=[pull_page, push_all, live, hello, list_records, tell_records, segment],
    tags=["sync"],
)
