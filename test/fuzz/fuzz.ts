import { setTimeout as delay } from "node:timers/promises";
import { startCluster, type Cluster } from "../support/cluster.ts";
import { openCaller, pairsOf, type Caller } from "./caller.ts";
import { Findings } from "./findings.ts";
import { brokenInvariants } from "./invariants.ts";
import { faultOf } from "./judge.ts";
import { measureMachine } from "./machine-speed.ts";
import { memoryOf, type Memory } from "./memory.ts";
import type { Options } from "./options.ts";
import { showCall } from "./show-call.ts";
import { wellBehaved, type TimedCall } from "./well-behaved.ts";

/** What a run found, and how much it did, in lines for people. */
export type Report = { readonly findings: number; readonly lines: readonly string[] };

/** Calls in hand at a time, and buyers beside them. */
const callsAtOnce = 12;
const buyers = 2;
/** What a well-behaved call may take. */
const slowMs = 1_000;
/** What a run may leave in a process: full caches and what is known of types and statements. */
const growthMb = 100;

/** Limits that would keep the calls from the code behind them, and times that let payments end within the run. */
const settings = {
  TILL_MAX_UNPAID_ORDERS: "1000000",
  TILL_MAX_ATTEMPTS_PER_USER_HOUR: "10000",
  TILL_MAX_ATTEMPTS_PER_CARD_HOUR: "10000",
  TILL_PSP_TIMEOUT_MS: "3000",
  TILL_PSP_CIRCUIT_FAILURES: "1000",
  TILL_RESOLVE_AFTER_SECONDS: "2",
  TILL_GIVE_UP_SECONDS: "15",
  TILL_REFUND_RETRY_SECONDS: "2",
  NODE_OPTIONS: `--import=${import.meta.resolve("./collect-on-signal.ts")}`,
};

/** Starts the system, calls it as the options say, and checks in the end what has to hold. */
export async function fuzz(options: Options, log: (line: string) => void): Promise<Report> {
  const since = new Date(Date.now() - 60_000);
  log(
    "starting Postgres, Redis, Kafka, the sandbox, two replicas of the order and payment services, webhooks",
  );
  const cluster = await startCluster({ env: settings, withWebhooks: true });
  const findings = new Findings(log);
  try {
    const caller = await openCaller(cluster, options.only);
    const lines = options.replay
      ? await replay(caller, options.replay, findings)
      : await callForMinutes(cluster, caller, options, findings, log);
    caller.close();
    addEnded(cluster, findings, () => []);
    if (isWhole(cluster)) {
      log("checking orders, events and reconciliation");
      for (const what of await brokenInvariants(cluster, since)) findings.add({ kind: "invariant", what });
    }
    return { findings: findings.count, lines: [...findings.lines(), ...lines] };
  } finally {
    await cluster.stop();
  }
}

async function replay(
  caller: Caller,
  { seed, index }: { readonly seed: number; readonly index: number },
  findings: Findings,
): Promise<string[]> {
  const { call, reply } = await caller.call(seed, index);
  const fault = faultOf(call, reply);
  if (fault !== undefined) findings.add({ kind: fault, what: showCall(call) });
  const { status, without, message, trailerBytes, ms } = reply;
  return [
    showCall(call),
    `status ${status ?? without}, "${message}", ${trailerBytes} bytes of trailers, ${Math.round(ms)} ms`,
  ];
}

async function callForMinutes(
  cluster: Cluster,
  caller: Caller,
  { seed, minutes }: Options,
  findings: Findings,
  log: (line: string) => void,
): Promise<string[]> {
  const machine = measureMachine();
  const startedAt = performance.now();
  const endsAt = startedAt + minutes * 60_000;
  const goesOn = () => performance.now() < endsAt && isWhole(cluster);
  const ordinary: TimedCall[] = [];
  let calls = 0;

  function judgeOrdinary(one: TimedCall): void {
    ordinary.push(one);
    const endedAt = one.startedAt + one.ms;
    const allowedMs = machine.allowance(slowMs, one.startedAt, endedAt);
    if (one.ms <= allowedMs) return;
    const beside = caller.during(one.startedAt, endedAt).slice(0, 8).map(showCall).join("\n      ");
    const what = `${one.name} took ${Math.round(one.ms)} ms of ${Math.round(allowedMs)} allowed, beside\n      ${beside}`;
    findings.add({ kind: "a well-behaved call is slow", what });
  }

  async function callOn(): Promise<void> {
    while (goesOn()) {
      const index = calls++;
      const { call, reply } = await caller.call(seed, index);
      if (!isWhole(cluster)) return; // what its connections lost is no finding of its own
      const fault = faultOf(call, reply);
      if (fault !== undefined)
        findings.add({ kind: `${call.method.name}: ${kindOf(fault)}`, what: `${fault}; ${showCall(call)}` });
    }
  }

  async function buyOn(): Promise<void> {
    const buyer = wellBehaved({
      orders: cluster.orders.map(({ address }) => address).join(","),
      payments: cluster.payments.map(({ address }) => address).join(","),
      token: (user) => cluster.token(user),
      onCall: judgeOrdinary,
      onFailure: (error) =>
        isWhole(cluster) &&
        findings.add({
          kind: "a well-behaved call fails",
          what: error instanceof Error ? error.message : String(error),
        }),
    });
    while (goesOn()) {
      await buyer.buy();
      await delay(50);
    }
    buyer.close();
  }

  const progress = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const slowest = ordinary.reduce((most, { ms }) => Math.max(most, ms), 0);
    log(
      `${seconds.toFixed(0).padStart(4)} s  ${calls} calls (${Math.round(calls / seconds)}/s), ` +
        `${caller.covered.size} of ${pairsOf(caller)} RPCs and roles, ${ordinary.length} well-behaved calls ` +
        `(slowest ${Math.round(slowest)} ms), ${findings.count} findings`,
    );
  }, 5_000);
  const loops = [...Array.from({ length: callsAtOnce }, callOn), ...Array.from({ length: buyers }, buyOn)];
  const [before] = await Promise.all([warmedUp(cluster, minutes), ...loops]);
  clearInterval(progress);
  await machine.close();
  addEnded(cluster, findings, () => caller.during(performance.now() - 2_000, Infinity).map(showCall));
  const memory = isWhole(cluster) ? await growth(before, cluster, findings) : [];
  const slowest = ordinary.toSorted((one, other) => other.ms - one.ms)[0];
  return [
    `${calls} calls; ${[...caller.statuses].map(([name, count]) => `${name} ${count}`).join(", ")}`,
    `${ordinary.length} well-behaved calls, the slowest ${slowest?.name} in ${Math.round(slowest?.ms ?? 0)} ms`,
    `${ordinary.filter(({ ms }) => ms > slowMs).length} of them took over ${slowMs} ms, which is a finding where the machine was not as slow`,
    `connections closed by a server: ${caller.closedConnections()}`,
    ...memory,
  ];
}

/** The memory once the first calls have filled what is filled once. */
async function warmedUp(cluster: Cluster, minutes: number): Promise<Memory[]> {
  await delay(Math.min(20_000, minutes * 20_000));
  return isWhole(cluster) ? memoryOf(cluster) : [];
}

async function growth(before: readonly Memory[], cluster: Cluster, findings: Findings): Promise<string[]> {
  let after = await memoryOf(cluster);
  const grown = () => after.filter(({ used }, index) => used > (before[index]?.used ?? 0) + growthMb);
  // What waits for a time-out is in use until then.
  for (let waits = 0; grown().length > 0 && waits < 30; waits += 1) {
    await delay(1_000);
    after = await memoryOf(cluster);
  }
  for (const { name, used } of grown())
    findings.add({ kind: "memory that does not come back", what: `${name} has ${used} MB in use` });
  return after.map(
    ({ name, used, resident }, index) =>
      `memory of ${name}: ${before[index]?.used} MB in use at first, ${used} MB at the end; ${resident} MB resident`,
  );
}

function isWhole({ orders, payments, webhooks, sandbox }: Cluster): boolean {
  return [...orders, ...payments, ...webhooks, sandbox].every((service) => service.isRunning());
}

function addEnded({ orders, payments, webhooks }: Cluster, findings: Findings, calls: () => string[]): void {
  for (const service of [...orders, ...payments, ...webhooks].filter((one) => !one.isRunning()))
    findings.add({
      kind: "a process has ended",
      what: `${service.logged.slice(-3).join("\n      ")}\n      after ${calls().slice(0, 12).join("\n      ")}`,
    });
}

/** A fault without what differs from call to call. */
function kindOf(fault: string): string {
  return fault.replaceAll(/[0-9a-f-]{8,}|\d+/g, "#").slice(0, 80);
}
