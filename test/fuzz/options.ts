import { parseArgs } from "node:util";

export const help = `Usage: npm run fuzz -- [--seed <n>] [--minutes <m>] [--only <rpc>]... [--replay <seed>:<index>]

Calls every RPC of the order, payment and webhook services as every role with messages made from their descriptors: valid, nearly valid and
hostile ones. Beside it two buyers keep ordering and paying. It starts what it needs: Postgres, Redis, Kafka (Java 17
and Maven), the sandbox, two replicas of the order and payment
services, and the webhook service.

It fails on INTERNAL, on UNKNOWN, on a stream without a status, on more than 8 KB of trailers, on a well-behaved call
that fails or takes over a second (or as much longer as this machine is slower than at rest), on a process that ends,
on memory that does not come back, and in the end where VerifyOrder, the dead letters, the outbox or reconciliation
find something.

  --seed <n>                what the calls are made from: the same seed, the same calls, but for assigned ids (1)
  --minutes <m>             for how long (2)
  --only <rpc>              only RPCs of this name; can be repeated
  --replay <seed>:<index>   makes the one call that a finding names, and prints its reply
  --help                    this text
`;

export type Options = {
  readonly seed: number;
  readonly minutes: number;
  readonly only: readonly string[];
  readonly replay: { readonly seed: number; readonly index: number } | undefined;
};

/** Reads the command line; undefined for --help. Throws for an invalid one. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: "1" },
      minutes: { type: "string", default: "2" },
      only: { type: "string", multiple: true, default: [] },
      replay: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`${values.minutes} is not a number of minutes`);
  return {
    seed: seedFrom(values.seed),
    minutes,
    only: values.only,
    replay: values.replay === undefined ? undefined : callFrom(values.replay),
  };
}

function seedFrom(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`${text} is not a seed: 0, 1, 2 …`);
  return seed;
}

function callFrom(text: string) {
  const [seed = "", index = ""] = text.split(":");
  if (!/^\d+$/.test(index)) throw new Error(`${text} is not <seed>:<index>`);
  return { seed: seedFrom(seed), index: Number(index) };
}
