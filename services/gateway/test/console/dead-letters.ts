import { newId } from "@till/ids";
import type { ConsoleStage } from "../support/console-stage.ts";

/** Events that could not be applied. */
export function deadLetterStory(stage: ConsoleStage): void {
  it("shows why an event failed and what its replay hits, replays it, and discards it with a reason", async () => {
    const { system } = stage;
    const order = await system.createOrder();
    await system.publishUnreadable(order.id, "payment.voided");
    const page = await stage.signedIn("dead-letters?service=order&type=payment.voided");
    await page.getByRole("link", { name: "payment.voided" }).click();
    await page.getByText("paymentId: Invalid input").waitFor();
    await page.getByText(`"orderId": "${order.id}"`).waitFor();

    await page.getByRole("button", { name: "Replay…" }).click();
    const dialog = page.getByRole("dialog");
    const preview = dialog.getByRole("region", { name: "What the replay hits" });
    await preview.getByText("Created").waitFor();
    await preview.getByText("49.00").waitFor();
    await dialog.getByLabel("Reason").fill("to be sure");
    await dialog.getByRole("button", { name: "Replay", exact: true }).click();
    await page.getByText("It failed again, and stays a dead letter.").waitFor();

    await page.getByRole("button", { name: "Discard…" }).click();
    await dialog.getByLabel("Reason").fill("its payment never was");
    await dialog.getByRole("button", { name: "Discard", exact: true }).click();
    await page.getByText("Its event is not applied.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("The order service has applied every event that came.").waitFor();
  });

  it("counts what a replay of a type matches before it replays them", async () => {
    const { system } = stage;
    for (let count = 0; count < 3; count++) await system.publishUnreadable(newId(), "payment.failed");
    const page = await stage.signedIn("dead-letters?service=order&type=payment.failed");
    await page.getByRole("button", { name: "Replay all of them…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("A dry run matches 3.").waitFor();
    await dialog.getByRole("button", { name: "Replay 3" }).click();
    await dialog.getByText("0 of 3 are no dead letters any more; 3 failed again.").waitFor();
  });

  it("lists an order that is stuck with its cause and a safe remedy, and leads to it", async () => {
    const { system } = stage;
    const order = await system.createOrder();
    await system.pay(order, "tok_requires_action");
    await system.expire(order.id, 7);
    const page = await stage.signedIn("stuck");
    const stuck = page.getByRole("list", { name: "What is stuck" }).getByRole("listitem");
    const card = stuck.filter({ has: page.getByTitle(order.id) });
    await card.getByText("PAYMENT_PENDING, and expired; payment").waitFor();
    await card.getByText("VoidPayment ends a payment that is in progress; then ExpireOrder").waitFor();
    await card.getByTitle(order.id).click();
    await page.waitForURL(`**/orders/${order.id}`);
    await page.getByText("Live", { exact: true }).waitFor();
  });

  it("shows how far each service's events are behind", async () => {
    const page = await stage.signedIn("stuck");
    for (const name of ["Order service", "Payment service", "Webhook service"])
      await page.getByRole("region", { name }).getByText("Not published yet").waitFor();
  });
}
