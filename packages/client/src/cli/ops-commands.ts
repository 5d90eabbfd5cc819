import type { Command } from "commander";
import type { Ops } from "../ops.ts";
import { isTillError } from "../till-error.ts";
import type { Till } from "../till.ts";
import type { CliContext } from "./context.ts";
import {
  describeDeadLetters,
  describeLags,
  describeReplay,
  describeReplays,
  describeStuck,
} from "./describe-ops.ts";
import { withExamples } from "./examples.ts";
import { firstOf } from "./first-of.ts";
import { countFrom } from "./options.ts";
import { printList, printResult, withTill } from "./session.ts";
import { UsageError } from "./usage-error.ts";

/** `till ops dead-letters|replay|discard|stuck|lag`. */
export function addOpsCommands(program: Command, context: CliContext): void {
  const ops = program.command("ops").description("what is left behind, of each service (admins)");
  withExamples(ops, [
    "till ops stuck",
    "till ops dead-letters",
    "till ops replay --type payment.processed --dry-run",
  ]);
  const ofService = (command: Command) =>
    command.option("--service <name>", "only orders, payments or webhooks");

  const deadLetters = ofService(ops.command("dead-letters"))
    .description("list events that could not be applied, newest first")
    .option("--type <type>", "only events of this type, such as payment.processed")
    .option("--limit <count>", "how many of a service at most", "20")
    .action(({ service, type: eventType, limit }: DeadLetterOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const count = countFrom(limit, "--limit");
        const found = await ofEach(till, service, (one) =>
          firstOf(one.deadLetters.list({ eventType, pageSize: Math.min(count, 200) }), count),
        );
        const all = found.flatMap(({ service, result }) => result.map((letter) => ({ service, ...letter })));
        printList(command, context, all, describeDeadLetters);
      }),
    );
  withExamples(deadLetters, ["till ops dead-letters --service payments --type order.cancelled"]);

  const replay = ofService(ops.command("replay [dead-letter-id]"))
    .description("give a dead letter's event, or all of a type, to the handler once more")
    .option("--type <type>", "all dead letters of this type")
    .option("--dry-run", "with --type: only count them")
    .option("--reason <text>", "why, for the record")
    .action((id: string | undefined, options: ReplayOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const { service, type, dryRun, reason } = options;
        if ((id === undefined) === (type === undefined))
          throw new UsageError("a replay needs the id of a dead letter, or a --type");
        if (id !== undefined && dryRun) throw new UsageError("--dry-run counts all of a --type");
        if (type !== undefined) {
          const replays = await ofEach(till, service, (one) =>
            one.deadLetters.replayAll(type, { dryRun, reason }),
          );
          printList(command, context, replays.map(withService), describeReplays);
        } else if (id !== undefined) {
          const replayed = await whereFound(till, service, (one) => one.deadLetters.replay(id, { reason }));
          printResult(command, context, replayed, describeReplay);
        }
      }),
    );
  withExamples(replay, [
    "till ops replay --type payment.processed --dry-run",
    "till ops replay <dead-letter-id> --reason 'its order is there now'",
  ]);

  const discard = ofService(ops.command("discard <dead-letter-id>"))
    .description("take a dead letter off the list for good, without applying its event")
    .requiredOption("--reason <text>", "why, for the record")
    .action((id: string, { service, reason }: DiscardOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const discarded = await whereFound(till, service, (one) => one.deadLetters.discard(id, { reason }));
        printResult(command, context, discarded, () => [`discarded ${id}`]);
      }),
    );
  withExamples(discard, ["till ops discard <dead-letter-id> --reason 'sent by a test'"]);

  const stuck = ofService(ops.command("stuck"))
    .description("list what is in a state for longer than it should be, with the cause and a safe remedy")
    .action(({ service }: ServiceOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const found = await ofEach(till, service, (one) => one.stuck());
        const all = found.flatMap(({ service, result }) => result.map((thing) => ({ service, ...thing })));
        printList(command, context, all, describeStuck);
      }),
    );
  withExamples(stuck, ["till ops stuck"]);

  const lag = ofService(ops.command("lag"))
    .description("show how far publishing and consuming events are behind")
    .action(({ service }: ServiceOptions, command: Command) =>
      withTill(command, context, async (till) => {
        const lags = await ofEach(till, service, (one) => one.lag());
        printList(command, context, lags.map(withService), describeLags);
      }),
    );
  withExamples(lag, ["till ops lag", "till ops lag --json | jq .outboxRows"]);
}

type ServiceOptions = { readonly service?: string };
type DeadLetterOptions = ServiceOptions & { readonly type?: string; readonly limit: string };
type DiscardOptions = ServiceOptions & { readonly reason: string };
type ReplayOptions = ServiceOptions & {
  readonly type?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
};

type Service = keyof Ops;
type OfService<Result> = { readonly service: Service; readonly result: Result };

const services: readonly Service[] = ["orders", "payments", "webhooks"];

/** Calls one service, or all where none is named. */
async function ofEach<Result>(
  { ops }: Till,
  name: string | undefined,
  call: (service: Ops[Service]) => Promise<Result>,
): Promise<OfService<Result>[]> {
  const called = name === undefined ? services : [serviceFrom(name)];
  return Promise.all(called.map(async (service) => ({ service, result: await call(ops[service]) })));
}

/** Calls the service that has a dead letter. Throws DEAD_LETTER_NOT_FOUND where none has. */
async function whereFound<Result>(
  { ops }: Till,
  name: string | undefined,
  call: (service: Ops[Service]) => Promise<Result>,
): Promise<Result> {
  if (name !== undefined) return call(ops[serviceFrom(name)]);
  let notFound: unknown;
  for (const service of services)
    try {
      return await call(ops[service]);
    } catch (error) {
      if (!isTillError(error, "DEAD_LETTER_NOT_FOUND")) throw error;
      notFound = error;
    }
  throw notFound;
}

function serviceFrom(name: string): Service {
  const service = services.find((one) => one === name);
  if (service) return service;
  throw new UsageError(`--service is ${services.join(", ")}, not ${name}`);
}

function withService<Result extends object>({ service, result }: OfService<Result>) {
  return { service, ...result };
}
