import { expect } from "chai";
import type { Page } from "playwright-core";
import { course, courseLine, newUser, otherCourse } from "../../../test/support/fixtures.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startBrowser, type TestBrowser } from "./support/browser.ts";
import { startGatewaySystem, type GatewaySystem } from "./support/gateway.ts";

describe("The operator console", function () {
  this.timeout(60_000);
  let system: GatewaySystem;
  let browser: TestBrowser;
  before(async function () {
    browser = await startBrowser(this);
    system = await startGatewaySystem();
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });
  afterEach(() => expect(browser.complaints).to.deep.equal([]));

  async function createOrder(user = newUser(), items = [courseLine(course)]) {
    const idempotencyKey = system.newKey();
    const { order } = await system.ordersAs(user, "user").createOrder({ items, idempotencyKey });
    return order!;
  }

  async function pay({ id: orderId, userId, total: amount }: Awaited<ReturnType<typeof createOrder>>) {
    const request = { orderId, amount: amount!, idempotencyKey: system.newKey() };
    await system
      .paymentsAs(userId, "user")
      .processPayment({ ...request, method: { case: "paymentToken", value: "tok_approve" } });
  }

  async function signedIn(path = "", role = "Admin"): Promise<Page> {
    const page = await browser.open(`${system.url}/console/${path}`);
    await page.getByRole("button", { name: role }).click();
    await page.getByRole("banner").waitFor();
    return page;
  }

  it("shows an order go from CREATED to PAID, live, while a gRPC client pays it", async () => {
    const order = await createOrder();
    const page = await signedIn(`orders/${order.id}`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".big-status", { hasText: "Created" }).waitFor();
    await pay(order);
    await page.locator(".big-status", { hasText: "Paid" }).waitFor();
    const entries = page.getByRole("listitem").filter({ hasText: "Payment succeeded" });
    await entries.getByText("event:payment.processed").waitFor();
    await page.getByText("Processed", { exact: true }).waitFor();
  });

  it("approves the refund of one line, and shows it arrive", async () => {
    const order = await createOrder(newUser(), [courseLine(course), courseLine(otherCourse)]);
    await pay(order);
    const buyer = system.ordersAs(order.userId, "user");
    await eventually(async () => {
      const { actions } = await buyer.explainOrder({ orderId: order.id });
      return actions.some(({ rpc, allowed }) => rpc === "RequestRefund" && allowed);
    });
    await buyer.requestRefund({ orderId: order.id, reason: "bought the wrong one" });
    const page = await signedIn(`orders/${order.id}`);
    await page.getByRole("button", { name: "Approve…", exact: true }).click();
    await page.getByLabel(`Refund for ${order.items[1]!.name}`).fill("19.90");
    await page.getByRole("button", { name: "Refund 19.90 EUR" }).click();
    await page.getByRole("list", { name: "Refunds" }).getByText("Succeeded", { exact: true }).waitFor();
  });
});
