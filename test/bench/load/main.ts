import { openConnection } from "./connection.ts";
import { createOrderCall } from "./create-order-call.ts";
import { generateLoad, type Pace } from "./generate.ts";
import { tellBench, tellResult } from "./tell-bench.ts";

/** What the bench hands to a load process as its one argument, as JSON. */
export type LoadOrder = {
  readonly port: number;
  readonly token: string;
  readonly pace: Pace;
  readonly warmUpMs: number;
  readonly measuredMs: number;
};

const { port, token, ...rest } = JSON.parse(process.argv[2]!) as LoadOrder;
const host = "127.0.0.1";
const run = Date.now() >>> 0;
const call = createOrderCall({ token, authority: `${host}:${port}`, run, users: 8_192 });
const result = await generateLoad({
  ...rest,
  open: (events) =>
    Promise.all(Array.from({ length: 4 }, () => openConnection({ host, port, call, ...events }))),
  onWindow: (window) => tellBench({ window }),
});
tellResult(result);
