"""The sample's plan, documentation, settings and tracking issue."""

from __future__ import annotations

PLAN_PATH = ".github/migrations/execution-engine.yml"
PLAN = """\
title: ExecutionEngine becomes UserExecutionEngine
replace:
  - old: shop.agents.execution_engine:ExecutionEngine
    new: shop.agents.user_execution_engine:UserExecutionEngine
    style: as
    calls:
      to: UserExecutionEngine.create_from_legacy
      arguments: {websocket_bridge: websocket_emitter}
  - old: shop.agents.execution_engine:RunResult
    new: shop.agents.results:RunResult
also: [strings, docs]
phases:
  - name: Mission critical
    paths:
      - shop/app.py
      - shop/dependencies.py
      - shop/agents/**
      - tests/mission_critical/**
    batch: 4
  - name: Integration
    paths: ["shop/**", "tests/integration/**"]
    batch: 5
  - name: End-to-end
    paths: ["tests/e2e/**", tests/support.py]
    batch: 5
  - name: Unit tests and documents
    paths: ["**"]
    batch: 5
  - name: Retire
    retire:
      - module: shop.agents.execution_engine
        to: redirect
checks:
  required: [ci / tests]
"""

README = """\
# shop

A shop whose customers talk to agents.

```python
from shop.app import Shop

print(Shop().message("ann", "What are your hours?").text)
```

`python -m unittest discover -s tests -t .` runs the tests.
Every agent is run by an engine, today `shop.agents.execution_engine.ExecutionEngine`:
see [docs/architecture.md](docs/architecture.md).
"""

ARCHITECTURE = """\
# How it is built

A message comes in at `shop.app.Shop`, goes to the supervisor, and from there to one agent after another.

| part | where |
| --- | --- |
| the engine | `shop.agents.execution_engine.ExecutionEngine` |
| the engine for one user | `shop.agents.user_execution_engine.UserExecutionEngine` |
| what the browser hears | `shop.bridge.websocket.WebSocketBridge` |

The first of the engines keeps everybody's results in one list. It has to go.
"""

AGENTS_RST = """\
Writing an agent
================

An agent has a ``name`` and an ``answer``:

.. code-block:: python

    class Echo:
        name = "echo"

        def answer(self, message: str) -> str:
            return message

Run it with :class:`shop.agents.execution_engine.ExecutionEngine`.
"""

DECISION = """\
# 7. One engine for each user

**State:** accepted, half done.

On a Friday in spring a customer read somebody else's invoice in her chat. The engine kept every user's
results in one list. We decided that an engine belongs to one user and dies with the request.

The constructor is a different one. `UserExecutionEngine.create_from_legacy` takes the old arguments.
"""

OPERATIONS = """\
# Operations

- *Slow answers*: run `python -m scripts.load` and compare with last week's figure.
- *No answers*: the agents' names are in `shop/dependencies.py`.
"""

CHANGELOG = """\
# Changes

## Unreleased
- `UserExecutionEngine`: one engine for each user.
- `create_request_scoped_engine` lives in `shop.agents.factory` now.

## 1.4
- The chat window.
"""

CODEOWNERS = """\
*                      @maya
/shop/orders/          @ivo
/shop/billing/         @ivo
/tests/                @noor
"""

WORKFLOW = """\
name: ci
on: [push, pull_request]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: python -m unittest discover -s tests -t .
"""

PYPROJECT = """\
[project]
name = "shop"
version = "1.4"
requires-python = ">=3.11"

[tool.shop]
engine = "shop.agents.execution_engine.ExecutionEngine"
"""

SETTINGS = """\
# Read at start-up.
engine:
  class: shop.agents.execution_engine.ExecutionEngine
  max_steps: 8
"""

FIRST: dict[str, str] = {
    "README.md": README,
    "pyproject.toml": PYPROJECT,
    ".gitignore": "__pycache__/\n.venv/\n",
    ".github/CODEOWNERS": CODEOWNERS,
}
DOCUMENTS: dict[str, str] = {
    "docs/architecture.md": ARCHITECTURE,
    "docs/agents.rst": AGENTS_RST,
    "docs/operations.md": OPERATIONS,
    "config/engine.yml": SETTINGS,
}

TRACKING_TITLE = "Finish the move to UserExecutionEngine"
TRACKING_BODY = """\
In the spring a customer read somebody else's invoice in her chat window: the engine keeps **everybody's** \
results in one list (`docs/decisions/0007-one-engine-per-user.md`). `UserExecutionEngine` fixes that. It is \
written, tested, and hardly used.

We have started on this twice. Both times the deprecation notice went in, somebody ran `sed`, three files \
no longer parsed, and it was reverted on a Friday evening. This time in phases, riskiest first, one pull \
request each, and each easy to revert. The plan is in `.github/migrations/execution-engine.yml`.

What's left to do:

- [x] the replacement takes the old arguments (`create_from_legacy`)
- [ ] `grep -r ExecutionEngine | wc -l` prints 0, and not only in the files that somebody looked at
- [ ] the mission-critical tests keep passing throughout
- [ ] the old module is a redirect, and later removed

@ivo knows `shop/admin` best and is already cleaning up there. @noor, please don't add new uses \
in the meantime.
"""
