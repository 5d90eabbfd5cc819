import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { defaultLimits } from "../src/limits.ts";

describe("The limits of a gRPC server", () => {
  it("are in .env.example, each with the default it has", async () => {
    const text = await readFile(new URL("../../../.env.example", import.meta.url), "utf8");
    const shown = new Map(
      [...text.matchAll(/^# (TILL_[A-Z_]+)=(\d+)\b/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    const seconds = (name: string) => shown.get(name)! * 1000;
    expect({
      requestBytes: shown.get("TILL_MAX_REQUEST_BYTES"),
      responseBytes: shown.get("TILL_MAX_RESPONSE_BYTES"),
      unfinishedBytes: shown.get("TILL_MAX_UNFINISHED_BYTES"),
      requestMs: seconds("TILL_REQUEST_TIMEOUT_SECONDS"),
      unreadMs: seconds("TILL_UNREAD_TIMEOUT_SECONDS"),
      commands: shown.get("TILL_MAX_COMMANDS"),
      queuedCommands: shown.get("TILL_MAX_QUEUED_COMMANDS"),
      stuckCommandsMs: seconds("TILL_STUCK_COMMANDS_SECONDS"),
      streamsPerConnection: shown.get("TILL_MAX_STREAMS_PER_CONNECTION"),
      addressCallsPerSecond: shown.get("TILL_ADDRESS_CALLS_PER_SECOND"),
      callerCallsPerSecond: shown.get("TILL_CALLER_CALLS_PER_SECOND"),
      anonymousStreamsPerAddress: shown.get("TILL_MAX_ANONYMOUS_STREAMS_PER_ADDRESS"),
      resetsPerAddress: shown.get("TILL_MAX_RESETS_PER_ADDRESS"),
      connections: shown.get("TILL_MAX_CONNECTIONS"),
      connectionsPerAddress: shown.get("TILL_MAX_CONNECTIONS_PER_ADDRESS"),
      openingMs: seconds("TILL_CONNECTION_OPENING_SECONDS"),
      connectionIdleMs: seconds("TILL_CONNECTION_IDLE_SECONDS"),
      connectionAgeMs: seconds("TILL_CONNECTION_AGE_SECONDS"),
      keepaliveMs: seconds("TILL_KEEPALIVE_SECONDS"),
    }).to.deep.equal(defaultLimits);
  });
});
