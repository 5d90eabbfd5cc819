import { kafkaBus, type EventRecord } from "@till/events/bus";
import { createLog } from "@till/telemetry";
import { randomUUID } from "node:crypto";
import { eventually } from "../../../test/support/eventually.ts";
import { startTestSandbox } from "./support/sandbox-client.ts";
import { connectTo, reservation } from "./support/upstream-client.ts";

const log = createLog({ service: "sandbox", level: "silent" });

describe("inventory.stock_release_processed on Kafka", function () {
  this.timeout(150_000);
  const brokers = process.env.TILL_TEST_KAFKA_BROKERS?.split(",");

  before(function () {
    if (!brokers) this.skip();
  });

  it("arrives for each release, also of one just before the sandbox stops", async () => {
    const bus = await kafkaBus({ brokers: brokers ?? [], clientId: "till-test", log });
    const received: string[] = [];
    const onBatch = (records: readonly EventRecord[]) =>
      Promise.resolve(void received.push(...records.map(({ key }) => key)));
    await bus.subscribe({ group: `test-${randomUUID()}`, topics: ["inventory.events"], onBatch });
    const sandbox = await startTestSandbox({ bus });
    const service = await connectTo(sandbox);
    const requests = [reservation(), reservation()];
    const untilReceived = ({ orderId }: ReturnType<typeof reservation>) =>
      eventually(() => received.includes(orderId), { timeoutMs: 60_000 });
    for (const request of requests) {
      await service.inventory.reserve(request);
      await service.inventory.release({ orderId: request.orderId });
      // A stopping sandbox waits a second for unpublished events: too short for a first connection to a busy broker.
      if (request === requests[0]) await untilReceived(request);
    }
    service.close();
    await sandbox.close();
    for (const request of requests) await untilReceived(request);
    await bus.close();
  });
});
