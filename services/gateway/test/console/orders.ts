import { course, courseLine, newUser, otherCourse } from "../../../../test/support/fixtures.ts";
import { eventually } from "../../../../test/support/eventually.ts";
import { payByGrpcurl } from "../support/pay-by-grpcurl.ts";
import type { ConsoleStage } from "../support/console-stage.ts";

/** One order, watched and worked on. */
export function orderStory(stage: ConsoleStage): void {
  /** A paid order of two courses whose owner has requested a refund. */
  async function refundRequested() {
    const { system } = stage;
    const order = await system.createOrder(newUser(), [courseLine(course), courseLine(otherCourse)]);
    await system.pay(order);
    const buyer = system.ordersAs(order.userId, "user");
    await eventually(async () => {
      const { actions } = await buyer.explainOrder({ orderId: order.id });
      return actions.some(({ rpc, allowed }) => rpc === "RequestRefund" && allowed);
    });
    await buyer.requestRefund({ orderId: order.id, reason: "bought the wrong one" });
    return order;
  }

  it("shows an order go from CREATED to PAID, live, while grpcurl pays it", async () => {
    const order = await stage.system.createOrder();
    const page = await stage.signedIn(`orders/${order.id}`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".big-status", { hasText: "Created" }).waitFor();
    await payByGrpcurl(stage.system, order);
    await page.locator(".big-status", { hasText: "Paid" }).waitFor();
    const entry = page.getByRole("listitem").filter({ hasText: "Payment succeeded" });
    await entry.getByText("caused by the event").waitFor();
    await entry.getByText("payment.processed").waitFor();
    await page.getByText("Processed", { exact: true }).waitFor();
  });

  it("approves the refund of one line, and shows it arrive", async () => {
    const order = await refundRequested();
    const page = await stage.signedIn(`orders/${order.id}`);
    await page.getByRole("button", { name: "Approve…", exact: true }).click();
    await page.getByLabel(`Refund for ${order.items[1]!.name}`).fill("19.90");
    await page.getByRole("button", { name: "Refund 19.90 EUR" }).click();
    await page.getByRole("list", { name: "Refunds" }).getByText("Succeeded", { exact: true }).waitFor();
  });

  it("rejects a refund with a reason, and tells what cannot be done then", async () => {
    const order = await refundRequested();
    const page = await stage.signedIn(`orders/${order.id}`);
    const blocked = page.getByRole("list", { name: "What cannot be done now" });
    await blocked.getByText("Mark shipped").waitFor();
    await page.getByRole("button", { name: "Reject…", exact: true }).click();
    const dialog = page.getByRole("dialog");
    const send = dialog.getByRole("button", { name: "Reject the refund" });
    await dialog.getByLabel("Reason").fill("used for a month");
    await send.click();
    await page
      .getByRole("listitem")
      .filter({ hasText: "Refund rejected" })
      .getByText("used for a month")
      .waitFor();
    await blocked.getByText("Reject the refund").waitFor();
  });

  it("shows a dispute with its amount and its deadline", async () => {
    const order = await stage.system.createOrder();
    await stage.system.pay(order, "tok_dispute_opened");
    const page = await stage.signedIn(`orders/${order.id}`);
    await page.locator(".big-status", { hasText: "Refunded" }).waitFor();
    const dispute = page.getByRole("region", { name: "Dispute" });
    await dispute.getByText("Needs response").waitFor();
    await dispute.getByText("Evidence goes to the provider until").waitFor();
  });

  it("verifies an order against its history and its payments", async () => {
    const order = await stage.system.createOrder();
    const page = await stage.signedIn(`orders/${order.id}`);
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("lead to exactly this order").waitFor();
  });
}
