import { kafkaBus } from "../../src/bus.ts";
import { silentLog } from "./events.ts";

/** A process that is killed while it has a batch in hand. */
const [brokers = "", group = "", topic = ""] = process.argv.slice(2);
const bus = await kafkaBus({ brokers: brokers.split(","), clientId: "till-test", log: silentLog });
await bus.subscribe({
  group,
  topics: [topic],
  onBatch() {
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => undefined);
  },
});
