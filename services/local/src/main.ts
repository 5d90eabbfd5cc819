import { namePortVariables, runUntilSignal } from "@till/rpc/server";
import { startTracing } from "@till/tracing/start";
import { randomBytes } from "node:crypto";
import { relative } from "node:path";
import { cookbook } from "./cookbook.ts";
import { localConfig, portVariables } from "./config.ts";
import { takeFirstOrder, timeline } from "./first-order.ts";
import { startSystem } from "./start-system.ts";

/** `npm start`: the whole system on this machine, with one order taken from CreateOrder to PAID. */
await runUntilSignal("till", async () => {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`.padStart(6);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const say = (line: string) => print(`${seconds()}  ${line}`);

  print("Till: orders and payments, all on this machine\n");
  const config = localConfig();
  const endTracing = await startTracing("till", config.tracing);
  const system = await namePortVariables(portVariables(config), () => startSystem(config, say));
  // A user of its own, so that every start can buy the same courses.
  const user = `018f0000-0000-7000-9000-${randomBytes(6).toString("hex")}`;
  const answer = await fetch(`${system.tokenUrl}?user=${user}&ttl=${24 * 3600}`);
  const token = await answer.text();

  say("first order: CreateOrder, ProcessPayment, payment.processed");
  const { order, events } = await takeFirstOrder(system, token);
  print(`\nOrder ${order.id} is PAID: ${order.total.amount} ${order.currency}`);
  for (const line of timeline(events)) print(line);
  print(cookbook({ ...system, token, orderId: order.id }));
  const isHere = system.dataDir.startsWith(process.cwd());
  const place = isHere ? relative(".", system.dataDir) : system.dataDir;
  print(`Data is kept in ${place}. Ctrl-C stops everything.`);
  return async () => {
    print("\nstopping: calls in hand are finished first");
    await system.stop();
    await endTracing();
    print("stopped");
  };
});
