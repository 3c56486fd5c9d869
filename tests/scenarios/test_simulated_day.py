"""A day of an organization, in small: what each event costs keeps the large one below a quarter of GitHub's limits."""

from __future__ import annotations

from bench.simulated_day import SWEEP, simulate

ALLOWED = {
    SWEEP: 30,  # of the one repository, and of the migration and its ratchet at their full price
    "push to the default branch": 25,
    "result of a check on a phase": 25,
    "pull request of somebody's": 15,
    "command in a comment": 30,
    "merge of a phase": 60,
    "start of a phase": 60,
}


async def test_no_event_costs_more_than_the_day_of_an_organization_allows() -> None:
    day = await simulate(repositories=3, migrations=1)
    assert {cost.name for cost in day.working} == set(ALLOWED)
    dear = {
        cost.name: cost.requests.counted for cost in day.working if cost.requests.counted > ALLOWED[cost.name]
    }
    assert dear == {}
    assert day.refusals == {}
    assert "| **a working hour** |" in str(day)
