import { readConfig, serverSettings, serverVariables } from "@till/config";
import { createLog } from "@till/telemetry";
import { Writable } from "node:stream";
import { z } from "zod";
import { reasonOf } from "../src/errors.ts";
import { verifyTokens } from "../src/server.ts";
import { id as userId, userServer } from "./user-server.ts";

export type IssuerServer = Awaited<ReturnType<typeof serverWithIssuers>>;

/** A server that takes tokens as the settings say, and returns its caller's id and role. */
export async function serverWithIssuers(env: Readonly<Record<string, string>>) {
  const ports = { port: 0, metricsPort: 0, sandboxHttp: 1 };
  const { tokens } = serverSettings(readConfig(z.object(serverVariables(ports)), env));
  let logged = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const log = createLog({ service: "test", destination });
  const server = await userServer(
    (_request, { caller: { id, role } }) => Promise.resolve({ user: { id, displayName: role } }),
    { verify: verifyTokens(tokens, { log }) },
  );
  return {
    ...server,
    logged: () => logged,
    /** The role and id of a token's bearer, or the reason why it is rejected. */
    callWith: (token: string) =>
      server
        .client({ token: () => Promise.resolve(token), retries: false })
        .getUser({ userId })
        .then(({ user }) => `${user!.displayName} ${user!.id}`, reasonOf),
  };
}
