"""The sample's mail: a class whose replacement is made by an async factory, and whose method has another name."""

from __future__ import annotations

ISSUE_TITLE = "Post mail with Postbox"
ISSUE_BODY = """\
`Outbox` keeps letters in memory until somebody remembers to send them. `Postbox` sends them at once, but opening one \
takes a connection: `await Postbox.open(…)`. Its method is `post`, not `put_letter`, and its `limit` is called `size`.

Label this issue `migration`, then `migration:phase-1`. Drover adds `await` where it can, renames the method where a type \
checker proves that it is an `Outbox`'s, and lists the rest.

```yaml
title: Outbox becomes Postbox
replace:
  - old: shop.mail.outbox:Outbox
    new: shop.mail.postbox:Postbox
    style: rename
    calls:
      to: Postbox.open
      arguments: {limit: size}
    members:
      put_letter: post
phases:
  - name: Mail
    paths: ["shop/mail/**", "tests/unit/test_mail.py"]
```
"""

MAIL: dict[str, str] = {
    "shop/mail/__init__.py": "",
    "shop/mail/outbox.py": '''\
"""Deprecated: letters wait here until somebody sends them. Use `shop.mail.postbox.Postbox`."""

from __future__ import annotations


class Outbox:
    def __init__(self, sender: str, limit: int = 100) -> None:
        self.sender, self.limit = sender, limit
        self.letters: list[tuple[str, str]] = []

    def put_letter(self, to: str, text: str) -> int:
        self.letters.append((to, text))
        return len(self.letters)
''',
    "shop/mail/postbox.py": '''\
"""Letters that are sent at once."""

from __future__ import annotations

import asyncio


class Postbox:
    def __init__(self, sender: str, size: int) -> None:
        self.sender, self.size = sender, size
        self.letters: list[tuple[str, str]] = []

    @classmethod
    async def open(cls, sender: str, size: int = 100) -> Postbox:
        await asyncio.sleep(0)  # it connects
        return cls(sender, size)

    def post(self, to: str, text: str) -> int:
        self.letters.append((to, text))
        return len(self.letters)
''',
    "shop/mail/reminders.py": '''\
"""Reminders of invoices."""

from __future__ import annotations

from shop.mail.outbox import Outbox


async def remind(users: list[str]) -> Outbox:
    outbox = Outbox("billing", limit=len(users))
    for user in users:
        outbox.put_letter(user, "Your invoice is waiting.")
    return outbox


async def thank(user: str) -> int:
    return Outbox("billing").put_letter(user, "Thank you!")


def copy_to_boss(outbox: Outbox, text: str) -> int:
    return outbox.put_letter("boss", text)
''',
    "shop/mail/nightly.py": '''\
"""What the night sends: it runs without asyncio, so somebody has to decide what becomes of it."""

from __future__ import annotations

from shop.mail.outbox import Outbox


def greetings(users: list[str]) -> Outbox:
    outbox = Outbox("night")
    for user in users:
        outbox.put_letter(user, "Sleep well.")
    return outbox


def forward(box, text):
    return box.put_letter("boss", text)
''',
    "shop/mail/pigeons.py": '''\
"""Pigeons have a `put_letter` of their own."""

from __future__ import annotations


class Pigeon:
    def put_letter(self, to: str, text: str) -> int:
        return len(text)


def fly(pigeon: Pigeon) -> int:
    return pigeon.put_letter("the island", "Hello")
''',
    "tests/unit/test_mail.py": """\
from __future__ import annotations

import asyncio
import unittest

from shop.mail.pigeons import Pigeon, fly
from shop.mail.reminders import copy_to_boss, remind, thank


class Mail(unittest.TestCase):
    def test_everybody_is_reminded(self) -> None:
        sent = asyncio.run(remind(["ann", "ben"]))
        self.assertEqual([to for to, _ in sent.letters], ["ann", "ben"])

    def test_the_boss_gets_a_copy(self) -> None:
        self.assertEqual(copy_to_boss(asyncio.run(remind(["ann"])), "paid"), 2)

    def test_who_paid_is_thanked(self) -> None:
        self.assertEqual(asyncio.run(thank("ann")), 1)

    def test_a_pigeon_takes_five_letters(self) -> None:
        self.assertEqual(fly(Pigeon()), 5)
""",
}
