"""`kairan cap`: who may bring alerts of others, and of which senders."""

from tests.server.commands import Machine


def test_a_source_is_allowed_listed_and_disallowed(either: Machine) -> None:
    either.init()
    made = either("cap", "allow", "--name", "気象台の中継", "--sender", "kisho@example.jp", "--json")
    assert made.code == 0, made.err
    assert made.json["city"] == "hana"
    assert len(made.json["secret"]) >= 43
    listed = either("cap", "list", "--json").json
    assert [(row["name"], row["senders"]) for row in listed] == [("気象台の中継", ["kisho@example.jp"])]
    assert made.json["secret"] not in str(listed)
    assert "気象台の中継" in either("cap", "disallow", made.json["id"]).err
    assert either("cap", "list", "--json").json == []
    assert either("audit", "verify").code == 0


def test_what_an_operator_gets_wrong_is_said(machine: Machine) -> None:
    machine.init()
    wrong = machine("cap", "allow", "--name", "x", "--sender", "a b")
    assert wrong.code == 1
    assert "is no sender of alerts" in wrong.err
    assert machine("cap", "allow", "--name", "x").code == 2
    assert (
        "There is no city 'mori'"
        in machine("cap", "allow", "--name", "x", "--sender", "a", "--city", "mori").err
    )
    assert "There is no source of that id" in machine("cap", "disallow", "1").err
