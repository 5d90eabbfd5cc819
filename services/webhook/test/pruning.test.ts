import { newId } from "@till/ids";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { startWebhookEnvironment } from "./support/webhook-environment.ts";

describe("What ended or was received long ago", () => {
  it("is deleted, more of it than one batch, and what is younger stays", async () => {
    const environment = await startWebhookEnvironment({
      TILL_WEBHOOK_KEEP_DAYS: "3",
      TILL_KEEP_EVENTS_DAYS: "8",
    });
    const receiver = await environment.receiver();
    const kept = await environment.publish(newId());
    await eventually(() => expect(receiver.received).to.have.length(1));
    await environment.restart(async () => {
      await environment.pool.query(
        `INSERT INTO webhook_delivery (id, endpoint_id, order_id, event_id, event_type, payload, status, ended_at)
         SELECT gen_random_uuid(), $1, 'o', n, 'order.created', '{}', 'FAILED', now() - interval '4 days'
           FROM generate_series(1, 1200) AS n`,
        [receiver.endpointId],
      );
      await environment.pool.query(
        `INSERT INTO inbox (consumer_group, event_id, received_at)
         SELECT 'till-webhook', n, now() - interval '9 days' FROM generate_series(1, 1200) AS n`,
      );
    });
    await eventually(async () => {
      const { rows } = await environment.pool.query<{ event_id: string }>(
        "SELECT event_id FROM inbox UNION ALL SELECT event_id FROM webhook_delivery",
      );
      expect(rows.map((row) => row.event_id)).to.deep.equal([kept, kept]);
    });
    await receiver.close();
    await environment.stop();
  });
});
