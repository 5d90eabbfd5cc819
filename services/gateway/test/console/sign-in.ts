import { expect } from "chai";
import type { Page } from "playwright-core";
import { newUser } from "../../../../test/support/fixtures.ts";
import type { ConsoleStage } from "../support/console-stage.ts";

/** Signing in with a token, and what a caller's role shows. */
export function signInStory(stage: ConsoleStage): void {
  async function signInWith(page: Page, token: string) {
    await page.getByText("Sign in with a token").click();
    await page.getByLabel("Bearer token (JWT)").fill(token);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  it("signs in with a token that is pasted, as its role, over a reload, and out", async () => {
    const { system, browser } = stage;
    const buyer = newUser();
    const [own, other] = [await system.createOrder(buyer), await system.createOrder()];
    const page = await browser.open(`${system.url}/console/`);
    await signInWith(page, await system.token(buyer));
    await page.getByTitle(`user:${buyer}`).waitFor();
    await page.reload();
    await page.getByRole("link", { name: `Order ${own.id}` }).waitFor();
    expect(await page.getByRole("link", { name: `Order ${other.id}` }).count()).to.equal(0);
    const pages = page.getByRole("navigation", { name: "Console" }).getByRole("link");
    expect(await pages.allTextContents()).to.deep.equal(["Orders", "Refund requests"]);
    await page.goto(`${system.url}/console/dead-letters`);
    await page.getByRole("alert").getByText("PERMISSION_DENIED").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.reload();
    await page.getByRole("button", { name: "Admin" }).waitFor();
  });

  it("says why a token is not accepted", async () => {
    const { system, browser } = stage;
    const page = await browser.open(`${system.url}/console/`);
    await signInWith(page, `${await system.token("ops", "admin")}x`);
    await page.getByRole("alert").getByText("the token is not valid").waitFor();
  });
}
