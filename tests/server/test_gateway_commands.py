"""`kairan gateway`: added, shown, tried and removed by an operator."""

from tests.server.commands import Machine

INSIDE = {"gateway_hosts": "http://127.0.0.1:1"}
URL = "http://127.0.0.1:1/hooks/speaker"


def test_a_gateway_is_added_shown_tried_and_removed(either: Machine) -> None:
    either.init()
    either.settings |= INSIDE
    add = ("gateway", "add", "--name", "防災無線", "--url", URL, "--association", "sakura", "--json")
    made = either(*add, "--kind", "circular", "--topic", "disaster").json
    assert len(made["secret"]) > 40
    [shown] = either("gateway", "list", "--json").json
    assert (shown["name"], shown["host"], shown["kinds"]) == ("防災無線", "http://127.0.0.1:1", ["circular"])
    assert made["secret"] not in str(shown)
    tried = either("gateway", "test", made["id"])
    assert (tried.code, "連携先につながりませんでした。" in tried.err) == (1, True)
    assert either("gateway", "remove", made["id"]).code == 0
    assert either("gateway", "list", "--json").json == []
    again = either("gateway", "remove", made["id"])
    assert (again.code, "kairan gateway list" in again.err) == (1, True)


def test_an_address_inside_that_nobody_named_is_refused_with_what_to_do(machine: Machine) -> None:
    machine.init()
    for url in ("http://10.1.2.3/x", "https://10.1.2.3/x", "https://speaker.example.jp:8443/"):
        said = machine("gateway", "add", "--name", "x", "--url", url)
        assert (said.code, "KAIRAN_GATEWAY_HOSTS" in said.err) == (1, True), said


def test_a_wrong_list_of_trusted_origins_is_a_sentence(machine: Machine) -> None:
    machine.init()
    said = machine("serve", gateway_hosts="speaker")
    assert (said.code, "KAIRAN_GATEWAY_HOSTS holds 'speaker'" in said.err) == (2, True), said
