import { expect } from "chai";
import type { ConsoleStage } from "../support/console-stage.ts";
import { courseLine, newCourse, newUser } from "../../../../test/support/fixtures.ts";

/** Everything by keys alone. */
export function keyboardStory(stage: ConsoleStage): void {
  it("is walked by keys alone: in, along a list, into an order and back, to another page, and out", async () => {
    const { system } = stage;
    const user = newUser();
    const first = await system.createOrder(user, [courseLine(newCourse())]);
    const second = await system.createOrder(user, [courseLine(newCourse())]);
    const page = await stage.browser.open(`${system.url}/console/orders?user=${user}`);
    const { keyboard } = page;
    const focused = (selector: string) => page.locator(`${selector}:focus`).waitFor();
    await page.getByRole("button", { name: "Admin" }).waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.getByRole("link", { name: `Order ${second.id}` }).waitFor();

    await keyboard.press("/");
    await focused("input[type=search]");
    await keyboard.type("j");
    expect(await page.getByRole("searchbox").inputValue()).to.equal("j");
    await keyboard.press("Escape");

    await keyboard.press("j");
    await focused(`a[aria-label="Order ${second.id}"]`);
    await keyboard.press("ArrowDown");
    await focused(`a[aria-label="Order ${first.id}"]`);
    await keyboard.press("Enter");
    await page.waitForURL(`**/orders/${first.id}`);
    await page.getByText("Live", { exact: true }).waitFor();
    await keyboard.press("Escape");
    await focused(`a[aria-label="Order ${first.id}"]`);
    expect(new URL(page.url()).search).to.equal(`?user=${user}`);
    await keyboard.press("k");
    await focused(`a[aria-label="Order ${second.id}"]`);

    await keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await keyboard.press("3");
    await keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Orders" }).waitFor();
    await keyboard.press("3");
    await page.getByRole("heading", { name: "Dead letters" }).waitFor();
  });
}
