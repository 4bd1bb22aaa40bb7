"""The live page, in a real browser: what people see, whatever was sent."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
ADA = {"external_id": "ada", "first_name": "Ada", "email": "ada@example.com", "tier": "gold"}

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium: `make setup` installs it as root on Debian"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, sandbox: Any) -> Iterator[Page]:
    """The overview of an empty sandbox; whatever the page complains of fails the test."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{sandbox.port}")
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if _is_far(asked.url) else None)
    page.goto("/")
    expect(page.locator("#live")).to_have_text("Live")
    yield page
    context.close()
    assert complaints == []


def _is_far(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:"))


def figure(page: Page, name: str) -> str:
    return page.locator("#figures div", has=page.get_by_text(name, exact=True)).inner_text()


def test_nothing_yet_says_how_to_begin(page: Page) -> None:
    expect(page.locator("#users")).to_contain_text("No users yet")
    expect(page.locator("#users")).to_contain_text("curl http://127.0.0.1:")
    expect(page.locator("#requests")).to_contain_text("No requests yet")
    expect(page.locator("#faults")).to_contain_text("None")


def test_what_happens_appears_by_itself(page: Page, sandbox: Any) -> None:
    sandbox.track(ADA)
    sandbox.track(ADA, {"external_id": "eve", "email": "not an address"})
    sandbox.fail({"kind": "slow", "ms": 1})
    expect(page.locator("#users")).to_contain_text("ada@example.com")
    expect(page.locator("#requests")).to_contain_text("1 error")
    expect(page.locator("#faults")).to_contain_text("slow")
    expect(page.locator("#limits")).to_contain_text("3,000 in 3 s")
    expect(page.locator("#points")).to_contain_text("tier")
    expect(page.locator("#catalogs")).to_contain_text("None.")
    assert figure(page, "Data points").split() == ["Data", "points", "6"]
    assert figure(page, "Of these wasted").split() == ["Of", "these", "wasted", "3", "50", "%"]


def test_catalogs_and_the_reasons_why_items_were_refused(page: Page, sandbox: Any) -> None:
    fields = [{"name": "id", "type": "string"}, {"name": "price", "type": "number"}]
    made = {"name": "bread", "description": "What we bake", "fields": fields}
    sandbox.post("/catalogs", {"catalogs": [made]})
    sandbox.post("/catalogs/bread/items", {"items": [{"id": "rye"}, {"id": "spelt"}]})
    row = page.locator("#catalogs tbody tr")
    expect(row).to_contain_text("What we bake")
    assert row.inner_text().split()[-4:-2] == ["2", "2"]
    sandbox.post("/catalogs/bread/items", {"items": [{"id": "oat", "price": "dear"}]})
    page.goto("/#/requests/3")
    expect(page.locator("#detail")).to_contain_text("oat")
    expect(page.locator("#detail")).to_contain_text("unable-to-coerce-value: Some of the values")


def test_a_user_with_types_and_requests(page: Page, sandbox: Any) -> None:
    sandbox.track({**ADA, "visits": 3, "seen": "2026-01-05", "likes": ["a", "b"]})
    alias = {"alias_label": "crm", "alias_name": "77", "external_id": "ada"}
    sandbox.post("/users/alias/new", {"user_aliases": [alias]})
    sandbox.track({"external_id": "somebody else"})
    page.get_by_role("link", name="ada", exact=True).click()
    detail = page.locator("#detail")
    expect(detail).to_contain_text("crm: 77")
    rows = [row.inner_text().split("\t") for row in detail.locator("tbody tr").all()]
    assert ["visits", "3", "integer"] in rows
    assert ["seen", "2026-01-05T00:00:00.000Z", "time"] in rows
    assert ["likes", '["a", "b"]', "array"] in rows
    assert ["first_name", "Ada", "standard"] in rows
    links = detail.get_by_role("region", name="Requests of this user").get_by_role("link")
    assert links.all_inner_texts() == ["POST /users/alias/new", "POST /users/track"]
    links.last.click()
    expect(detail.locator("pre")).to_contain_text('"visits": 3')


def test_whatever_was_sent_is_only_text(page: Page, sandbox: Any) -> None:
    bad = {
        "external_id": HOSTILE,
        "first_name": HOSTILE,
        HOSTILE[:40]: HOSTILE,
        "o": {"k": HOSTILE},
    }
    sandbox.track(bad)
    sandbox.post(f"/users/{HOSTILE[:4]}", {})
    sandbox.post(
        "/users/track", {"attributes": [HOSTILE, {"external_id": HOSTILE, "email": HOSTILE}]}
    )
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.locator("#detail .title")).to_have_text(HOSTILE)
    page.locator("#detail table a").last.click()
    expect(page.locator("#detail pre")).to_contain_text("window.hacked")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0


def test_the_keyboard_is_enough(page: Page, sandbox: Any) -> None:
    sandbox.track(ADA, {"external_id": "eve"}, {"external_id": "adam"})
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("ADA")
    links = page.locator("#users a")
    expect(links).to_have_text(["adam", "ada"])
    links.last.focus()
    sandbox.track({"external_id": "ada the third"})
    expect(links).to_have_text(["ada the third", "adam", "ada"])
    expect(links.last).to_be_focused()  # although the list was drawn again
    page.keyboard.press("Enter")
    expect(page.locator("#detail .title")).to_have_text("ada")
    page.keyboard.press("Escape")
    expect(page.locator("#overview")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_never_scrolls_sideways(page: Page, sandbox: Any, scheme: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.emulate_media(color_scheme=scheme)
    sandbox.track({**ADA, "external_id": "a" * 300, "long": "b" * 250})
    expect(page.locator("#users a")).to_have_count(1)
    places = ("#/", f"#/users/{sandbox.users()[0]['braze_id']}", "#/requests/1")
    for place in places:
        page.goto(f"/{place}")
        expect(page.locator("main")).to_contain_text(
            "a" * 300 if "req" not in place else "Request 1"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(246, 247, 249)") == (scheme == "light")


def test_a_user_who_is_gone_and_a_sandbox_that_is_gone(
    browser: Browser, start_sandbox: Any
) -> None:
    sandbox = start_sandbox()
    sandbox.track(ADA)
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{sandbox.port}/#/users/{sandbox.users()[0]['braze_id']}")
    expect(page.locator("#detail .title")).to_have_text("ada")
    sandbox.post("/users/delete", {"external_ids": ["ada"]})
    expect(page.locator("#detail")).to_contain_text("not here (any more)")
    sandbox.process.kill()
    expect(page.locator("#live")).to_contain_text("does not answer")
    page.close()
