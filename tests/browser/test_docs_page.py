"""`/docs` as a person sees it."""

from playwright.sync_api import Page, expect

from mockcrm import connect, create_app, serving


def test_calls_can_be_read_and_tried(page: Page) -> None:
    with serving(create_app()) as url, connect(url).create(count=3) as crm:
        page.goto(f"{url}{crm.path}/docs")
        # So many calls are drawn only as far as one has scrolled.
        expect(page.get_by_text("The fake CRM, as a sync client sees it.")).to_be_visible()
        for path in ("/api/v1/events", "/api/v1/deletedEvents"):
            expect(page.locator(f'.opblock-get [data-path="{path}"]')).to_be_visible()
        listing = page.locator("#operations-api-listEvents")
        listing.locator(".opblock-summary-control").click()
        expect(listing).to_contain_text("Kickoff with Acme")  # An example of an answer.
        listing.get_by_role("button", name="Try it out").click()
        listing.get_by_role("button", name="Execute").click()
        answer = listing.locator(".live-responses-table .response")
        expect(answer).to_contain_text('"length": 3')
        assert crm.requests.count({"operation": "listEvents", "status": 200}) == 1
