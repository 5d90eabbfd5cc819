import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startWebhookEnvironment } from "./support/webhook-environment.ts";

describe("person.erased, where webhooks about the person are kept", () => {
  it("erases the texts about it, sent or waiting, and keeps amounts, ids and what is about others", async () => {
    const environment = await startWebhookEnvironment();
    const receiver = await environment.receiver(["order.cancelled"]);
    const [erased, other] = [newId(), newId()];
    const cancel = (userId: string, orderId: string) => {
      const remark = `${userId} has moved house`;
      const data = `{"orderId":"${orderId}","userId":"${userId}","amount":49.00,"reason":"USER","remark":"${remark}"}`;
      return environment.publish(orderId, "order.cancelled", data);
    };
    const [first, second, third, fourth] = [newId(), newId(), newId(), newId()];
    await cancel(erased, first);
    await eventually(() => expect(receiver.received).to.have.length(1));
    receiver.respondWith((response) => response.writeHead(500).end());
    await cancel(erased, second);
    await cancel(other, third);
    await environment.publish(fourth, "order.cancelled", `{"userId":"${erased}","remark":`);
    const stored = async () => {
      const { rows } = await environment.pool.query<{ key: string; body: string }>(
        `SELECT order_id AS key, payload AS body FROM webhook_delivery
         UNION ALL SELECT key, value FROM dead_letter`,
      );
      return new Map(rows.map(({ key, body }) => [key, body]));
    };
    await eventually(async () => expect(await stored()).to.have.keys(first, second, third, fourth));
    const body = { userId: erased, erasedAt: new Date().toISOString(), erasedBy: "admin:ops" };
    for (let times = 0; times < 2; times++) await environment.publish(erased, "person.erased", body);
    await eventually(async () => {
      const bodies = await stored();
      for (const orderId of [first, second]) {
        expect(bodies.get(orderId)).to.include(`"amount":49.00,"reason":"USER","remark":"[erased]"}}`);
        expect(JSON.parse(bodies.get(orderId)!)).to.have.property("type", "order.cancelled");
      }
      expect(bodies.get(fourth)).to.equal('{"erased":"[erased]"}');
      expect(bodies.get(third)).to.include(`"remark":"${other} has moved house"`);
    });
    receiver.respondWith((response) => response.end());
    await eventually(() => expect(receiver.about(second).at(-1)?.body).to.include("[erased]"));
    await receiver.close();
    await environment.stop();
  });
});
