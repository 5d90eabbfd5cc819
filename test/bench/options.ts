import { parseArgs } from "node:util";

const partNames = ["create", "events", "life", "pay", "list", "gateway", "idle", "floor", "memory"] as const;
type PartName = (typeof partNames)[number];
/** Takes longer than all the others. */
const onlyByName: PartName = "memory";

export const help = `Usage: npm run bench -- [--only <part>]... [--warm-up <s>] [--seconds <s>] [--profile <dir>]
                         [--record]

Measures Till beside its yardsticks on this machine, prints a table and writes bench.json. It starts what it needs.

  create   CreateOrder with 64 and 256 in flight; pgbench's plain transaction; a service on TypeORM's save()
  events   from an order's commit to its consumer's commit, over Kafka, at half of the peak rate
  life     whole lives on Kafka: create, pay, order.confirmed consumed; one at a time, and 32, 64 and 256 at once, with the
           statements, the Kafka requests and the CPU of a life; pgbench's plain transaction
  pay      ProcessPayment against a provider that responds in 50 ms: its own overhead, and 256 in flight
  list     ListOrders' first and deep pages, with a million orders in the database
  gateway  GetOrder and CreateOrder over gRPC, and over REST and Connect through the gateway: processor time a call
  idle     each service without a call, on Kafka and on the local bus: statements and processor time
  floor    a call of node:http2 alone and a statement of pg: what any service in Node on Postgres pays for each message
  memory   both services' memory over ten minutes of whole lives; only where it is named

  --only <part>     this part only; can be repeated
  --warm-up <s>     how long each load warms up at least (4); until its rate is steady, and ten times as long at most
  --seconds <s>     how long each load is measured (10)
  --profile <dir>   let all processes write their CPU profiles into this folder, and report their tallest bars; slows them
                    down, so figures of such a run are not recorded
  --record          keep what was measured in docs/bench.json, from which npm run docs makes docs/performance.md; of a run
                    with --profile only the profiles
  --help            this text

TILL_BENCH_POSTGRES_URL   an admin's URL of a server to use instead of starting one; must be durable (fsync on)
TILL_BENCH_KAFKA_BROKERS  brokers to use instead of starting one
`;

export type Options = {
  readonly parts: readonly PartName[];
  readonly times: { readonly warmUpMs: number; readonly measuredMs: number };
  /** Where CPU profiles go. */
  readonly profile: string | undefined;
  readonly isRecorded: boolean;
};

/** Reads the command line; undefined for --help. Throws for an invalid one. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      "warm-up": { type: "string", default: "4" },
      seconds: { type: "string", default: "10" },
      profile: { type: "string" },
      record: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.only.find((name) => !partNames.some((part) => part === name));
  if (unknown !== undefined)
    throw new Error(`there is no part ${unknown}; the parts are ${partNames.join(", ")}`);
  return {
    parts: partNames.filter((part) =>
      values.only.length === 0 ? part !== onlyByName : values.only.includes(part),
    ),
    times: { warmUpMs: millis(values["warm-up"]), measuredMs: millis(values.seconds) },
    profile: values.profile,
    isRecorded: values.record,
  };
}

function millis(seconds: string): number {
  const ms = Number(seconds) * 1000;
  if (ms > 0 && ms <= 600_000) return ms;
  throw new Error(`${seconds} is not a number of seconds between 0 and 600`);
}
