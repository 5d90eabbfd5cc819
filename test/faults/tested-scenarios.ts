import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Alone, Scenario, Verdict } from "./scenario.ts";

type Tested = {
  readonly name: string;
  readonly about: string;
  readonly file: string;
};

const tested: readonly Tested[] = [
  {
    name: "postgres-black-holed",
    about: "a firewall drops the connections to Postgres; then those that are open alone; then SIGTERM",
    file: "test/black-holed-postgres.test.ts",
  },
  {
    name: "brokers-black-holed",
    about: "a firewall drops the connections to Kafka and Redis",
    file: "test/black-holed-brokers.test.ts",
  },
  {
    name: "postgres-slow",
    about: "Postgres takes 100 ms longer, and ten times more commands come than it can take",
    file: "test/slow-postgres.test.ts",
  },
  {
    name: "postgres-read-only",
    about: "the payment service's database allows reading alone, as after a failover",
    file: "services/payment/test/read-only-database.test.ts",
  },
  {
    name: "standby-promoted",
    about: "the database fails over to its standby under load",
    file: "test/promoted-standby.test.ts",
  },
  {
    name: "row-locked",
    about: "one order's row is locked for long while others are changed",
    file: "services/order/test/database-states.test.ts",
  },
  {
    name: "stopped-in-transaction",
    about: "a replica is stopped while its transaction keeps rows locked that others need",
    file: "test/stopped-in-transaction.test.ts",
  },
  {
    name: "connection-cut",
    about: "the network drops the connection between two of Till's processes without a word",
    file: "packages/rpc/test/client.test.ts",
  },
  {
    name: "foreign-status-details",
    about: "an upstream's error has details that are no google.rpc.Status",
    file: "packages/rpc/test/foreign-errors.test.ts",
  },
  {
    name: "uncaught-error",
    about: "a fault of Till's own that nothing catches",
    file: "packages/rpc/test/uncaught-error.test.ts",
  },
  {
    name: "connection-limits",
    about: "each limit of a gRPC server, met by a hostile client",
    file: "packages/rpc/test/limits.test.ts",
  },
  {
    name: "large-lists",
    about: "requests of a megabyte with hundreds of thousands of elements",
    file: "packages/rpc/test/wire-limits.test.ts",
  },
  {
    name: "callers-gone",
    about: "commands that wait whose callers have gone, or have no time left",
    file: "packages/rpc/test/command-queue.test.ts",
  },
  {
    name: "relay-leader-stopped",
    about: "the relay's leader is stopped, or cannot publish; an event that Kafka never accepts",
    file: "packages/events/test/relay-lease.test.ts",
  },
  {
    name: "kafka-rejects",
    about: "an event that is too large, an impossible topic, a topic that is deleted",
    file: "packages/events/test/kafka-rejections.test.ts",
  },
  {
    name: "parts-go-away",
    about: "kill -9 after commits, Kafka, Redis and Postgres restarted, a rolling restart under load",
    file: "test/nothing-is-lost.test.ts",
  },
  {
    name: "killed-while-charging",
    about: "kill -9 at every moment of a charge",
    file: "test/killed-while-charging.test.ts",
  },
  {
    name: "clocks-shifted",
    about: "a replica's clock is ten minutes ahead, or behind",
    file: "test/shifted-clocks.test.ts",
  },
  {
    name: "charged-and-failed",
    about: "money that the provider has taken on a payment that is FAILED, or of another amount",
    file: "services/payment/test/flows/orphaned-charges.test.ts",
  },
  {
    name: "orders-that-are-not",
    about: "payments of orders that do not exist, are another user's or cost another amount",
    file: "services/payment/test/process-payment-rejections.test.ts",
  },
  {
    name: "rejected-without-end",
    about: "a user that has payments rejected by their orders again and again",
    file: "services/payment/test/process-payment-rejections-without-end.test.ts",
  },
  {
    name: "attempts-without-end",
    about: "a buyer or a card that tries again and again",
    file: "services/payment/test/process-payment-attempt-limits.test.ts",
  },
  {
    name: "insecure-defaults",
    about: "production without an issuer, a provider, a database and secrets of its own",
    file: "services/local/test/insecure-defaults.test.ts",
  },
  {
    name: "refund-overtaken",
    about: "a refund of a cancelled order, of which another refund has taken a part before",
    file: "services/order/test/flows/cancels-a-paid-order.test.ts",
  },
  {
    name: "card-tokens-probed",
    about: "a user that tries one card token after the other",
    file: "services/payment/test/add-payment-method.test.ts",
  },
  {
    name: "audit-flooded",
    about: "hundreds of calls and webhooks without a token or signature, all of them audited",
    file: "services/payment/test/repeated-rejections.test.ts",
  },
  {
    name: "unpaid-without-end",
    about: "thousands of unpaid orders, of which none is due",
    file: "services/order/test/expire-overdue.test.ts",
  },
  {
    name: "redis-away",
    about: "Redis dies, hangs, slows down and comes back",
    file: "packages/cache/test/redis-away.test.ts",
  },
  {
    name: "redis-written-to",
    about: "another user of Redis, and what it can write",
    file: "packages/cache/test/redis-user.test.ts",
  },
  {
    name: "key-withdrawn",
    about: "a key leaves the issuer's JWKS, the issuer is away, a token lives too long",
    file: "packages/rpc/test/verify-token.test.ts",
  },
  {
    name: "payment-forged",
    about: "payment.processed of payments that never held the order, repeated, early, late, unreadable",
    file: "services/order/test/on-payment-processed.test.ts",
  },
  {
    name: "reconciliation-differs",
    about: "each kind of mismatch of orders, payments and the provider",
    file: "services/payment/test/start-reconciliation.test.ts",
  },
  {
    name: "reconciliation-repairs",
    about: "what npm run reconcile repairs, and what it does not without its flag",
    file: "services/payment/test/reconcile-command.test.ts",
  },
  {
    name: "card-numbers",
    about: "numbers that are cards', in every spelling, and numbers that are not",
    file: "packages/rpc/test/card-numbers.test.ts",
  },
  {
    name: "chain-writer-behind",
    about: "audit entries that no chain writer has reached, and forged ones",
    file: "services/payment/test/audit-chain.test.ts",
  },
  {
    name: "money-at-once",
    about: "captures, voids, refunds and cancellations of an order's money at the same time",
    file: "test/money-chaos.test.ts",
  },
];

/** Faults that tests do already: the figure is how many of them passed. */
export const testedScenarios: readonly Scenario<Alone>[] = tested.map((scenario) => ({
  ...scenario,
  run: () => runTests(scenario),
}));

const root = join(import.meta.dirname, "../..");

async function runTests({ file }: Tested): Promise<Verdict> {
  const startedAt = performance.now();
  const tests = spawn(process.execPath, ["test/run.ts", file], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  tests.stdout.on("data", (chunk) => (output += String(chunk)));
  const [code] = (await once(tests, "close")) as [number | null];
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  const [counts = "no test was run"] = output.match(/^\d+ passed, .*$/m) ?? [];
  const failed = [...output.matchAll(/^failed: (.*)$/gm)].map(([, title]) => title!);
  const problems = code === 0 ? failed : [...failed, `the tests of ${file} ended with ${code}`];
  return { figures: [`${counts} of ${file} in ${seconds} s`], problems };
}
