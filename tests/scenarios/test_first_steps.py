"""Where the App is installed people are told how to start, once; and so is who commands on an ordinary issue."""

from __future__ import annotations

from sandbox.model.repositories import Issue
from tests.world import FILES, REPO, World

OTHER = "acme/other"
LABELS = {"migration", "migration:audit", "migration:paused"}


def issues_of_drover(place: World, repo: str) -> list[Issue]:
    issues = place.forge.repo(repo).issues.values()
    return [one for one in issues if one.user.login == "drover[bot]" and one.pull is None]


def labels_of(place: World, repo: str) -> set[str]:
    return {label.name for label in place.forge.repo(repo).labels.values()}


async def test_people_are_told_once_how_to_start(place: World) -> None:
    await place.start_bot()
    files = {path: text.encode() for path, text in FILES.items() if not path.endswith(".yml")}
    await place.forge.repos.create(OTHER, files)
    place.forge.repos.set_role(OTHER, "maya", "write")
    await is_welcomed_by_an_issue(place)
    await gets_a_pull_request_by_doing_what_it_says(place)
    await is_not_welcomed_again(place)
    await is_told_on_an_ordinary_issue_what_to_do(place)
    await is_welcomed_on_the_open_tracking_issue(place)
    await of_many_repositories_the_first_is_welcomed(place)


async def is_welcomed_by_an_issue(place: World) -> None:
    place.forge.apps.add_repository(place.installation, OTHER)
    await place.until(
        lambda: bool(issues_of_drover(place, OTHER)), "there is an issue that says how to start"
    )
    await place.settled()
    (issue,) = issues_of_drover(place, OTHER)
    assert issue.title == "Finish a migration with Drover"
    assert "Comment `/migrate audit`" in (issue.body or "")
    assert labels_of(place, OTHER) >= LABELS
    assert issue.labels == []


async def gets_a_pull_request_by_doing_what_it_says(place: World) -> None:
    (issue,) = issues_of_drover(place, OTHER)
    forge, number, thread = place.forge, issue.number, issue.comments
    body = f"{issue.body}\n\nshop.old:Old=shop.new:New\n"
    await forge.issues.edit(OTHER, number, body=body, by="maya")
    await forge.issues.label(OTHER, number, "migration", by="maya")
    await forge.issues.comment(OTHER, number, "/migrate audit\n/migrate plan", by="maya")
    await place.until(lambda: any("Here's the audit" in one.body for one in thread), "it is audited")
    await place.until(lambda: len(forge.repo(OTHER).pulls) == 1, "the plan is proposed")
    await forge.pulls.merge(OTHER, forge.repo(OTHER).pulls[0].number, by="maya", method="merge")
    await place.until(lambda: any("is ready to start" in one.body for one in thread), "the plan is used")
    await forge.issues.label(OTHER, number, "migration:phase-1", by="maya")
    await place.until(lambda: len(forge.repo(OTHER).pulls) == 2, "there is the first phase's pull request")
    await place.settled()


async def is_not_welcomed_again(place: World) -> None:
    (issue,) = issues_of_drover(place, OTHER)
    await place.forge.issues.close(OTHER, issue.number, by="acme")
    place.forge.apps.remove_repository(place.installation, OTHER)
    place.forge.apps.add_repository(place.installation, OTHER)
    await place.settled()
    assert len(issues_of_drover(place, OTHER)) == 1


async def is_told_on_an_ordinary_issue_what_to_do(place: World) -> None:
    """Once, whoever asks again; and never a stranger in a public repository."""
    await place.open_issue()
    await place.comment("/migrate audit", by="reed")
    await place.settled()
    assert place.comments() == ["/migrate audit"]
    await place.comment("/Migrate audit")
    await place.until(lambda: len(place.comments()) > 2, "there is an answer")
    await place.comment("/migrate status")
    await place.settled()
    told = [text for text in place.comments() if "isn't a tracking issue yet" in text]
    assert len(told) == 1
    assert "@maya" in told[0]
    assert "Add the label `migration`" in told[0]
    await place.label("migration")
    await place.until(
        lambda: any("Here's the audit" in text for text in place.answers()), "it is carried out"
    )
    await place.settled()


async def is_welcomed_on_the_open_tracking_issue(place: World) -> None:
    await place.push({"README.md": "# Shop\n"}, "Say what it is")
    await place.forge.repos.create("acme/third", {"a.py": b"x = 1\n"})
    place.forge.repos.set_role("acme/third", "maya", "write")
    place.forge.issues.create_label("acme/third", "migration", by="maya")
    issue = await place.forge.issues.open("acme/third", "Move on", "", by="maya", labels=["migration"])
    place.forge.apps.add_repository(place.installation, "acme/third")
    thread = place.forge.issue("acme/third", issue.number)
    await place.until(
        lambda: any("works from this issue" in one.body for one in thread.comments), "there is a comment"
    )
    await place.settled()
    assert issues_of_drover(place, "acme/third") == []
    assert len([one for one in thread.comments if "works from this issue" in one.body]) == 1


async def of_many_repositories_the_first_is_welcomed(place: World) -> None:
    names = [f"acme/many-{number}" for number in range(11)]
    for name in names:
        await place.forge.repos.create(name, {"a.py": b"x = 1\n"})
    place.forge.apps.install(place.app, *names)
    await place.settled()
    assert [name for name in names if issues_of_drover(place, name)] == names[:1]
    assert REPO in {repo.full_name for repo in place.forge.apps.repositories_of(place.installation)}
