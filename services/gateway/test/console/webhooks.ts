import { createTill } from "@till/client/web";
import { eventually } from "../../../../test/support/eventually.ts";
import { startReceiver } from "../../../webhook/test/support/receiver.ts";
import type { ConsoleStage } from "../support/console-stage.ts";

/** Webhooks that Till sends. */
export function webhookStory(stage: ConsoleStage): void {
  it("shows an endpoint's deliveries, and sends again what its receiver did not take", async () => {
    const { system } = stage;
    const receiver = await startReceiver();
    try {
      receiver.respondWith((response) => response.writeHead(503).end());
      const shop = createTill({ url: system.url, token: await system.token("shop", "service") });
      await shop.webhooks.endpoints.create({ url: receiver.url, eventTypes: ["order.created"] });
      const order = await system.createOrder();
      const page = await stage.signedIn("webhooks");
      await page.getByRole("link", { name: receiver.url }).click();
      const delivery = page
        .getByRole("row")
        .filter({ has: page.getByLabel(`order.created, order ${order.id}`) });
      /** Loads the deliveries again until this one shows a text. */
      const shows = (text: string) =>
        eventually(async () => {
          await page.keyboard.press("r");
          return delivery.getByText(text).isVisible();
        });
      await shows("503 in");
      await delivery.getByText("Pending").waitFor();
      receiver.respondWith((response) => response.end());
      await delivery.getByRole("button", { name: "Send now" }).click();
      await shows("Delivered");
      await delivery.getByText("2 attempts").waitFor();
    } finally {
      await receiver.close();
    }
  });
}
