import { createTill, type Booking } from "@till/client/web";
import { expect } from "chai";
import type { Page } from "playwright-core";
import {
  courseLine,
  newCourse,
  newSession,
  newUser,
  sessionLine,
} from "../../../../test/support/fixtures.ts";
import type { ConsoleStage } from "../support/console-stage.ts";

/** Orders found by their ids, by filters, and by filters under a name. */
export function findingStory(stage: ConsoleStage): void {
  const rowOf = (page: Page, orderId: string) => page.getByRole("link", { name: `Order ${orderId}` });

  async function find(page: Page, id: string) {
    const search = page.getByRole("searchbox");
    await search.fill(id);
    await search.press("Enter");
  }

  it("finds an order by its own id, its payment's, its booking's, and by a user's, a session's and a course's", async () => {
    const { system } = stage;
    const [session, bought, buyer] = [newSession(), newCourse(), newUser()];
    const order = await system.createOrder(buyer, [sessionLine(session), courseLine(bought)]);
    await system.pay(order);
    const { payments } = await system.paymentsAs().listPayments({ orderId: order.id });
    const till = createTill({ url: system.url, token: await system.token("ops", "admin") });
    const bookings: Booking[] = [];
    for await (const booking of till.sessions.list({ sessionId: session })) bookings.push(booking);
    const page = await stage.signedIn();
    for (const id of [order.id, payments[0]!.id, payments[0]!.transactionId, bookings[0]!.id]) {
      await find(page, id);
      await page.waitForURL(`**/orders/${order.id}`);
      await page.getByRole("button", { name: `Copy the id of the order, ${order.id}` }).waitFor();
      await page.goBack();
    }
    for (const [name, id] of Object.entries({ session, course: bought, user: buyer })) {
      await find(page, id);
      await page.waitForURL(`**/orders?${name}=${id}`);
      await rowOf(page, order.id).waitFor();
    }
    await find(page, "no-such-id");
    await page.getByText("Nothing has this id that you may see.").waitFor();
  });

  it("keeps the filters in the address, which shows the same to someone else", async () => {
    const { system } = stage;
    const user = newUser();
    const [unpaid, paid] = [
      await system.createOrder(user, [courseLine(newCourse())]),
      await system.createOrder(user, [courseLine(newCourse())]),
    ];
    await system.pay(paid);
    const page = await stage.signedIn(`orders?user=${user}`);
    await page.getByRole("combobox", { name: "Status" }).selectOption("CREATED");
    await rowOf(page, paid.id).waitFor({ state: "detached" });
    await rowOf(page, unpaid.id).waitFor();
    const { pathname, search } = new URL(page.url());
    expect(search).to.equal(`?user=${user}&status=CREATED`);
    const other = await stage.signedIn(`${pathname.replace("/console/", "")}${search}`, "Service");
    await rowOf(other, unpaid.id).waitFor();
    expect(await rowOf(other, paid.id).count()).to.equal(0);
    await page.goBack();
    await rowOf(page, paid.id).waitFor();
  });

  it("keeps a view under a name, over a reload, until it is forgotten", async () => {
    const user = newUser();
    const order = await stage.system.createOrder(user);
    const page = await stage.signedIn(`orders?user=${user}`);
    await page.getByRole("button", { name: "Name this view…" }).click();
    await page.getByLabel("Name", { exact: true }).fill("A buyer that called");
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByRole("link", { name: "Clear" }).click();
    await page.reload();
    const views = page.getByRole("navigation", { name: "Views" });
    await views.getByRole("link", { name: "A buyer that called" }).click();
    await rowOf(page, order.id).waitFor();
    expect(new URL(page.url()).search).to.equal(`?user=${user}`);
    await views.getByRole("button", { name: "Forget the view A buyer that called" }).click();
    await views.getByRole("link", { name: "A buyer that called" }).waitFor({ state: "detached" });
  });
}
