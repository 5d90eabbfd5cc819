import { expect } from "chai";
import { startCatalogue } from "../../docs/catalogue/start-catalogue.ts";
import { startBrowser, type TestBrowser } from "../../services/gateway/test/support/browser.ts";

describe("npm run catalogue", () => {
  let catalogue: Awaited<ReturnType<typeof startCatalogue>>;
  before(async () => (catalogue = await startCatalogue({ port: 0 })));
  after(() => catalogue?.close());

  it("serves each contract as a file, and nothing else of the machine", async () => {
    for (const file of ["order-api", "order-events", "order-contract", "payment-api", "payment-events"]) {
      const response = await fetch(`${catalogue.url}${file}.yaml`);
      expect(response.status, file).to.equal(200);
      expect(await response.text()).to.match(/^# Made by npm run docs/);
    }
    for (const path of ["package.json", "..%2f..%2fpackage.json", "order/contracts/order-api.yaml"])
      expect((await fetch(`${catalogue.url}${path}`)).status, path).to.equal(404);
    expect((await fetch(catalogue.url, { method: "POST" })).status).to.equal(405);
  });

  describe("in a browser", () => {
    let browser: TestBrowser;
    before(async function () {
      browser = await startBrowser(this);
    });
    after(() => browser?.close());

    for (const [screen, width] of [
      ["wide", 1280],
      ["narrow", 360],
    ] as const) {
      it(`shows all contracts on a ${screen} screen, loads nothing from elsewhere, and has no broken link`, async () => {
        const page = await browser.open("about:blank", { viewport: { width, height: 800 } });
        const requested: string[] = [];
        page.on("request", (request) => requested.push(request.url()));
        await page.goto(catalogue.url);
        const main = await page.locator("main").innerText();
        for (const shown of ["/payments/{paymentId}/refund", "order.created", "payment.refund_failed"])
          expect(main).to.include(shown);
        for (const shown of ["Orders were updated within 24 hours", "Total amount is above zero"])
          expect(main).to.include(shown);
        expect(requested).to.deep.equal([catalogue.url, `${catalogue.url}style.css`]);
        const anchors = await page.evaluate<string[]>(
          `[...document.querySelectorAll('a[href^="#"]')].map((link) => decodeURIComponent(link.hash.slice(1)))`,
        );
        const ids = await page.evaluate<string[]>(
          "[...document.querySelectorAll('[id]')].map(({ id }) => id)",
        );
        expect(ids).to.include.members(anchors);
        expect(new Set(ids).size).to.equal(ids.length);
        expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(width);
        expect(browser.complaints).to.deep.equal([]);
        await page.context().close();
      });
    }
  });
});
