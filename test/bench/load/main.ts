import { createOrderCall } from "./create-order-call.ts";
import { generateLoad, type Pace } from "./generate.ts";

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
  host,
  port,
  connections: 4,
  call,
  onWindow: (boundary) => process.send?.({ window: boundary }),
});
// Alive until stopped, so that the result is not lost on its way.
process.channel?.ref();
process.once("disconnect", () => process.exit());
if (process.send) process.send({ result });
else console.log(result);
