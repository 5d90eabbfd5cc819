import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { describeError } from "../describe-error.ts";
import { withExamples } from "../examples.ts";
import { collect, countFrom } from "../options.ts";
import { defaultSandbox, sandboxToken } from "../sandbox-token.ts";
import { isJson, withTill, type SavedToken } from "../session.ts";
import { UsageError } from "../usage-error.ts";
import { describeTry } from "./describe-try.ts";
import { listen, type Listening, type ListenReport } from "./listen.ts";
import { listenSecret } from "./listen-secret.ts";

/** `till listen`. */
export function addListenCommand(program: Command, context: CliContext): void {
  const command = program
    .command("listen")
    .description("forward webhooks to this machine as they happen, until Ctrl-C")
    .option("--forward <url>", "where to post them, such as localhost:3000/hook")
    .option(
      "--events <type>",
      "only these, such as order.confirmed or payment.*; may be repeated",
      collect,
      [],
    )
    .option("--print-secret", "only print the signing secret, which stays the same")
    .option(
      "--public-url <url>",
      "where Till reaches this machine, if it is elsewhere: of a tunnel to --port",
    )
    .option("--port <port>", "port to receive Till's webhooks on; 0 is a free one", "0")
    .option("--host <address>", "address to receive Till's webhooks on", "127.0.0.1")
    .option("--sandbox <url>", "where the sandbox issues a token, if there is no other", defaultSandbox)
    .action(async (options: ListenOptions) => {
      const secret = await listenSecret(context.config.listenSecretPath);
      if (options.printSecret) {
        context.print(isJson(command) ? JSON.stringify({ secret }) : secret);
        return;
      }
      const listening = listeningOf(options, secret);
      const run = reportTo(context, listening, isJson(command));
      const token = (saved: SavedToken) => listenToken(saved, options.sandbox);
      await withTill(command, context, (till) => listen(till, listening, run, context.interrupted()), token);
    });
  withExamples(command, [
    "till listen --forward localhost:3000/hook",
    "till listen --forward localhost:3000/hook --events 'order.*' --events payment.refunded",
    "export TILL_WEBHOOK_SECRET=$(till listen --print-secret)",
    "till listen --forward localhost:3000/hook --port 4000 --public-url https://my-tunnel.example.com",
  ]);
}

type ListenOptions = {
  readonly forward?: string;
  readonly events: readonly string[];
  readonly printSecret?: boolean;
  readonly publicUrl?: string;
  readonly port: string;
  readonly host: string;
  readonly sandbox: string;
};

function listeningOf({ forward, events, publicUrl, port, host }: ListenOptions, secret: string): Listening {
  if (forward === undefined) throw new UsageError("say where to forward to: --forward localhost:3000/hook");
  if (publicUrl !== undefined && !URL.canParse(publicUrl))
    throw new UsageError(`--public-url is a URL, not ${publicUrl}`);
  const url = /^https?:\/\//.test(forward) ? forward : `http://${forward}`;
  if (!URL.canParse(url)) throw new UsageError(`--forward is a URL, not ${forward}`);
  const eventTypes = events.length === 0 ? ["*"] : events;
  return { target: new URL(url), eventTypes, secret, host, port: countFrom(port, "--port", 0), publicUrl };
}

/** Webhooks are for services: where the only token is a user's of the sandbox, or none, the sandbox issues one. */
function listenToken({ token, isOfSandbox }: SavedToken, sandbox: string): string | Promise<string> {
  return token === undefined || isOfSandbox ? sandboxToken(sandbox, "till-listen", "service") : token;
}

function reportTo({ print, printError }: CliContext, listening: Listening, json: boolean): ListenReport {
  const { secret, eventTypes } = listening;
  const forward = listening.target.href;
  const show = (fields: object, lines: readonly string[]) => {
    if (json) print(JSON.stringify(fields));
    else lines.forEach(print);
  };
  return {
    listening(endpointId) {
      show({ kind: "listening", forward, eventTypes, secret, endpointId }, [
        `Forwarding ${eventTypes.join(", ")} to ${forward}`,
        `Signing secret: ${secret}`,
        "Ctrl-C ends it.",
      ]);
    },
    tried: (attempt) => show({ kind: "delivery", ...attempt }, [describeTry(attempt)]),
    left(endpointId, error) {
      describeError(error).forEach(printError);
      printError(`The endpoint ${endpointId} is left. The next till listen on this machine deletes it.`);
    },
    stopped({ delivered, left }) {
      show({ kind: "stopped", delivered, left }, [`stopped: ${delivered} delivered, ${left} not delivered`]);
    },
  };
}
