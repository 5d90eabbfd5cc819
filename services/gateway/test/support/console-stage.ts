import { expect } from "chai";
import type { BrowserContextOptions, Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "./browser.ts";
import { startConsoleSystem, type ConsoleSystem } from "./console-system.ts";

/** One system and one browser for every story of the console. */
export type ConsoleStage = {
  readonly system: ConsoleSystem;
  readonly browser: TestBrowser;
  /** Opens a page of the console, signed in by the sandbox. */
  signedIn(path?: string, role?: string, options?: BrowserContextOptions): Promise<Page>;
};

/** Starts them before the tests of the suite. Each test ends without a complaint of the browser. */
export function useConsoleStage(): ConsoleStage {
  let system: ConsoleSystem;
  let browser: TestBrowser;
  before(async function () {
    browser = await startBrowser(this);
    system = await startConsoleSystem();
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });
  afterEach(() => expect(browser.complaints).to.deep.equal([]));
  return {
    get system() {
      return system;
    },
    get browser() {
      return browser;
    },
    async signedIn(path = "", role = "Admin", options = {}) {
      const page = await browser.open(`${system.url}/console/${path}`, options);
      await page.getByRole("button", { name: role }).click();
      await page.getByRole("banner").waitFor();
      return page;
    },
  };
}
