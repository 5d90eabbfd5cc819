import { expect } from "chai";
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** A browser, and what its pages report that they should not. */
export type TestBrowser = {
  /** Opens a page in a context of its own. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Errors on the console, exceptions, and violations of the Content-Security-Policy, so far. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
};

/** Starts Debian's Chromium, or leaves the suite out where it is not installed, unless TILL_REQUIRE names it. */
export async function startBrowser(suite: Mocha.Context): Promise<TestBrowser> {
  if (!existsSync(executablePath)) {
    const isRequired = process.env["TILL_REQUIRE"]?.split(",").includes("chromium");
    expect(isRequired, "TILL_REQUIRE names chromium, which is not installed").to.not.equal(true);
    console.error("    chromium is not installed: the console is not opened in a browser");
    suite.skip();
  }
  const browser: Browser = await chromium.launch({
    executablePath,
    // What is not on this machine does not exist: a page that needs it fails here as it would offline.
    args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
  const complaints: string[] = [];
  return {
    complaints,
    async open(url, options = {}) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      // Pages of other servers, such as an identity server, are theirs.
      const isOurs = () => page.url().startsWith(new URL(url).origin);
      page.on("pageerror", (error) => isOurs() && complaints.push(error.stack ?? error.message));
      page.on("console", (message) => {
        const isComplaint = message.type() === "error" || message.type() === "warning";
        // A call that is rejected is for the page to deal with.
        const isRejectedCall = /\/till\.|\/console\/caller$/.test(message.location().url);
        if (isComplaint && isOurs() && !isRejectedCall) complaints.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}
