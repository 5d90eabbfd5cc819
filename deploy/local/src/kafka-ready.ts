import { once } from "node:events";
import { createConnection } from "node:net";
import { kafkaBus } from "@till/events/bus";
import { createLog } from "@till/telemetry";

/**
 * Resolves once a record has been produced and consumed, and rejects while nothing listens. An open port alone
 * says little: in a broker's first second its coordinators still load.
 */
export async function takesRecords(port: number): Promise<void> {
  await opens(port); // tried often, where the bus's own tries soon are a second apart
  const log = createLog({ service: "stack", level: "silent" });
  const bus = await kafkaBus({ brokers: [`127.0.0.1:${port}`], clientId: "till-stack", log, partitions: 1 });
  try {
    const consumed = Promise.withResolvers<void>();
    const onBatch = () => Promise.resolve(consumed.resolve());
    await bus.publish([{ topic: "till.stack.ready", key: "ready", headers: {}, value: "ready" }]);
    await bus.subscribe({
      group: `till.stack.${process.pid}.${Date.now()}`,
      topics: ["till.stack.ready"],
      onBatch,
    });
    await consumed.promise;
  } finally {
    await bus.close();
  }
}

async function opens(port: number): Promise<void> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.destroy();
}
