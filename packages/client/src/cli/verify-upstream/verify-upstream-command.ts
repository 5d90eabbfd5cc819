import { grpcTransport } from "@till/rpc/grpc-transport";
import type { Command } from "commander";
import { serviceAddressFrom } from "../../service-address.ts";
import { tlsCredentials } from "../../tls-options.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../examples.ts";
import { ReportedFailure } from "../reported-failure.ts";
import { connectionOf, isJson } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import { runChecks, type CheckedRule } from "./check.ts";
import type { KnownIds } from "./known-ids.ts";
import { upstreamChecks } from "./upstream-checks.ts";

/** `till verify-upstream`. */
export function addVerifyUpstreamCommand(program: Command, context: CliContext): void {
  const names = Object.keys(upstreamChecks).join(", ");
  const command = program
    .command("verify-upstream <upstream=address...>")
    .description(
      `check services of your own against what Till expects of its upstreams: ${names}. In a test system: pieces of --product are reserved and released`,
    )
    .option("--user <id>", "a user who may buy")
    .option("--inactive-user <id>", "a user who may not buy")
    .option("--course <id>", "a course")
    .option("--session <id>", "a session")
    .option(
      "--product <id>",
      "a product of which 3 to 99,000 pieces are in stock, and that no one else buys meanwhile",
    )
    .action(async (upstreams: readonly string[], known: KnownIds) => {
      const results: CheckedRule[] = [];
      const report = (result: CheckedRule) => {
        results.push(result);
        context.print(isJson(command) ? JSON.stringify(result) : describeResult(result));
      };
      const { token, tls } = await connectionOf(command, context);
      for (const [name, address] of upstreams.map(upstreamFrom)) {
        const target = serviceAddressFrom(address, name);
        const transport = grpcTransport({
          ...{ address: target.address, retries: false, tls: target.tls ?? tls !== undefined },
          credentials: tlsCredentials(tls ?? {}),
          // Till's own deadline of a lookup.
          timeoutMs: 5_000,
          ...(token !== undefined && { token: () => Promise.resolve(token) }),
        });
        try {
          await runChecks(name, upstreamChecks[name](transport, known), report);
        } finally {
          transport.close();
        }
      }
      const count = (status: CheckedRule["status"]) =>
        results.filter((result) => result.status === status).length;
      const broken = count("BROKEN");
      if (!isJson(command))
        context.print(`${count("KEPT")} kept, ${broken} broken, ${count("NOT_CHECKED")} not checked`);
      if (broken > 0) throw new ReportedFailure(`${broken} broken`);
    });
  withExamples(command, [
    "till verify-upstream users=localhost:4001 --user u-17 --inactive-user u-18",
    "till verify-upstream courses=localhost:4002 sessions=localhost:4002 --course c-1 --session s-1",
    "till verify-upstream catalog=localhost:4003 inventory=grpcs://stock.test:443 --product p-9 --token $TOKEN",
  ]);
}

type UpstreamName = keyof typeof upstreamChecks;

function upstreamFrom(text: string): [UpstreamName, string] {
  const [name = "", address = ""] = text.split(/=(.*)/);
  if (name in upstreamChecks && address !== "") return [name as UpstreamName, address];
  const names = Object.keys(upstreamChecks).join(", ");
  throw new UsageError(`an upstream is one of ${names}, with its address: users=host:port, not ${text}`);
}

function describeResult({ service, rule, status, problem }: CheckedRule): string {
  const word = { KEPT: "ok", BROKEN: "BROKEN", NOT_CHECKED: "-" }[status];
  return `${word.padEnd(6)}  ${service} ${rule}${problem === undefined ? "" : `\n        ${problem}`}`;
}
