"""Members of classes on the command line: proposed, audited, applied phase by phase."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checkouts import checkout, git
from tests.command_line import run

PAIR = "shop.orders:Order.total_price=shop.orders:Order.total"
FILES = {
    "shop/__init__.py": "",
    "shop/orders.py": "class Order:\n    def total_price(self) -> int:\n        return self.total()\n\n"
    "    def total(self) -> int:\n        return 1\n",
    "shop/big.py": "from shop.orders import Order\n\n\nclass Big(Order):\n"
    "    def total_price(self) -> int:\n        return 2\n",
    "app.py": "from shop.big import Big\n\n\ndef f(big: Big, other) -> int:\n"
    "    return big.total_price() + other.total_price()\n",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return checkout(tmp_path / "shop", FILES)


def test_a_member_is_audited_planned_and_applied(shop: Path, tmp_path: Path) -> None:
    audited = run("audit", "--replace", PAIR, root=shop)
    assert audited.status == 1
    assert "its type isn't known" in audited.out
    assert f"plan --replace {PAIR}" in audited.err

    plan = tmp_path / "orders.yml"
    assert run("plan", "--replace", PAIR, "-o", str(plan), root=shop).status == 0
    phases = 'phases:\n  - {name: App, paths: ["app.py"]}\n  - {name: Shop, paths: ["shop/**"]}\n'
    plan.write_text(plan.read_text().split("phases:")[0] + phases)

    app_first = run("apply", "--plan", str(plan), "--phase", "1", "--json", root=shop).json
    (app,) = app_first["files"]
    assert app["status"] == "skipped"
    assert "shop/big.py overrides total_price, and has to change with it" in str(app["sites"])

    plan.write_text(plan.read_text().replace('"app.py"', '"x.py"').replace('"shop/**"', '"shop/**", "*.py"'))
    (tmp_path / "shop/x.py").write_text("x = 1\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "x")
    shown = run("apply", "--plan", str(plan), "--show", root=shop)
    assert shown.status == 1
    assert "members: the type checker finds nothing new" in shown.out
    assert git(shop, "show", "drover/orders/phase-2:app.py").splitlines()[-1] == (
        "    return big.total() + other.total_price()"
    )
    assert "def total(self)" in git(shop, "show", "drover/orders/phase-2:shop/big.py")


def test_what_is_left_is_a_list_that_people_and_programs_can_work_off(shop: Path) -> None:
    done = run("audit", "--replace", PAIR, "--left", "--json", root=shop)
    assert done.status == 1
    assert done.json["left"] == [
        {
            "path": "app.py",
            "line": 5,
            "kind": "possible member",
            "symbol": "shop.orders:Order.total_price",
            "reason": "its type isn't known, so it can't be told whether it's shop.orders:Order.total_price",
            "step": "Give it a type (a mock: a `spec`), or use shop.orders:Order.total here yourself.",
        }
    ]
    assert done.json["totals"] == {"left": 1, "files": 1}
    shown = run("audit", "--replace", PAIR, "--left", root=shop)
    assert "app.py:5" in shown.out
    assert "Give it a type" in shown.out
