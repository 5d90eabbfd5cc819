import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { startCluster, type Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";

/** `npm run rolling-restart`: restarts every replica under the load of grpc-go, and counts the calls that fail. */

const help = `Usage: npm run rolling-restart -- [--rounds <n>] [--buyers <n>]

Starts two replicas of the order and of the payment service on real servers, and a client of grpc-go that buys, pays and
watches: round_robin over both replicas, an ordinary retry policy, payments that are in flight for a second. Then it stops
each replica as Kubernetes does, by SIGTERM, and starts it again when it has ended. Fails where a call fails, or where a replica
does not end by itself. Needs Go.

  --rounds <n>   how often each replica is restarted (1)
  --buyers <n>   how many buy at the same time (8)
`;

const log = (line: string) => console.error(`rolling-restart: ${line}`);
try {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "1" },
      buyers: { type: "string", default: "8" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) console.log(help);
  else process.exitCode = (await rollingRestart(Number(values.rounds), values.buyers)) ? 0 : 1;
} catch (error) {
  console.error("rolling-restart:", error);
  process.exitCode = 1;
}

type Counts = { readonly bought: number; readonly calls: number; readonly reopenedWatches: number };

async function rollingRestart(rounds: number, buyers: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "till-rolling-restart-"));
  try {
    log("building the client");
    const program = join(folder, "client");
    execFileSync("go", ["build", "-o", program, "."], { cwd: import.meta.dirname, stdio: "inherit" });
    const descriptors = join(folder, "till.binpb");
    execFileSync("buf", ["build", "-o", descriptors], { stdio: "inherit" });
    log("starting two replicas of each service");
    const cluster = await startCluster({
      env: { TILL_MAX_UNPAID_ORDERS: "1000000", TILL_MAX_ATTEMPTS_PER_CARD_HOUR: "10000" },
    });
    try {
      return report(await restartUnderLoad({ cluster, rounds, buyers, program, descriptors }));
    } finally {
      await cluster.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Drill = {
  readonly cluster: Cluster;
  readonly rounds: number;
  readonly buyers: string;
  readonly program: string;
  readonly descriptors: string;
};

async function restartUnderLoad({ cluster, rounds, buyers, program, descriptors }: Drill) {
  const addressesOf = (replicas: Cluster["orders"]) => replicas.map(({ address }) => address).join(",");
  const options = {
    orders: addressesOf(cluster.orders),
    payments: addressesOf(cluster.payments),
    tokens: cluster.tokenUrl,
    ...{ descriptors, buyers },
  };
  const flags = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
  const client = spawn(program, flags, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(client, "exit");
  let [bought, failed, last] = [0, 0, ""];
  const serving = new Set<string>();
  createInterface({ input: client.stdout }).on("line", (line) => {
    if (line.startsWith("served ")) serving.add(line.slice("served ".length));
    else if (line.startsWith("bought ")) bought++;
    else if (!line.startsWith("failed ")) last = line;
    else if (++failed <= 20) log(line);
  });
  const goesOn = () => {
    const before = bought;
    return eventually(() => bought > before + Number(buyers), { timeoutMs: 60_000 });
  };
  try {
    for (let round = 0; round < rounds; round++)
      for (const replica of [...cluster.orders, ...cluster.payments]) {
        await goesOn();
        const code = await replica.stop();
        log(`${replica.address} has ended with ${code}, after ${bought} purchases`);
        if (code !== 0) throw new Error(`a replica ended with ${code}`);
        serving.clear();
        await replica.start();
        // What minReadySeconds is for: grpc-go waits longer after each attempt to connect.
        await eventually(() => serving.has(replica.address), { timeoutMs: 60_000 });
      }
    await goesOn();
  } finally {
    client.stdin.end();
    await ended;
  }
  return { ...(JSON.parse(last) as Counts), failed };
}

function report({ bought, calls, reopenedWatches, failed }: Counts & { failed: number }): boolean {
  console.log(
    `${bought} purchases by ${calls} calls: ${failed} failed, ${reopenedWatches} watches opened again`,
  );
  return failed === 0;
}
