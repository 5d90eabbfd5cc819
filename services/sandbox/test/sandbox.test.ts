import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { inheritedEnv } from "../../../test/support/inherited-env.ts";
import { reflectedServices } from "../../../test/support/reflected-services.ts";
import { sandboxConfig } from "../src/config.ts";
import { manualScheduler } from "./support/manual-scheduler.ts";
import { pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("npm run sandbox", () => {
  it("listens on 127.0.0.1:50053 and :8090 by default", () => {
    expect(sandboxConfig({})).to.include({
      host: "127.0.0.1",
      grpcPort: 50053,
      httpPort: 8090,
      logLevel: "info",
    });
  });

  it("names each invalid setting", () => {
    const env = {
      TILL_SANDBOX_PORT: "http",
      TILL_SANDBOX_HTTP_PORT: "70000",
      TILL_LOG_LEVEL: "loud",
      TILL_REFLECTION: "maybe",
    };
    for (const name of Object.keys(env)) expect(() => sandboxConfig(env)).to.throw(name);
  });

  it("serves reflection unless TILL_REFLECTION=off", async () => {
    const servicesOf = async (options: { reflection?: boolean }) => {
      const sandbox = await startTestSandbox(options);
      return reflectedServices(`127.0.0.1:${sandbox.grpcPort}`).finally(() => sandbox.close());
    };
    expect(await servicesOf({})).to.include("till.user.v1.UserService");
    expect(await servicesOf({ reflection: false })).to.equal(undefined);
    expect(sandboxConfig({ TILL_REFLECTION: "off" }).reflection).to.equal(false);
  });

  it("closes the connections of clients that wait for a response as soon as it stops", async () => {
    const sandbox = await startTestSandbox({ scheduler: manualScheduler() });
    const silent = ["tok_timeout_before_charge", "tok_timeout_after_charge", "tok_slow"].map((token) => {
      return pay(sandbox, paymentRequest({ token })).then(
        () => "answered",
        () => "cut off",
      );
    });
    await pay(sandbox, paymentRequest());
    await sandbox.close();
    expect(await Promise.all(silent)).to.eql(["cut off", "cut off", "cut off"]);
  });

  it("names a port that is taken, and leaves nothing running", async () => {
    const first = await startTestSandbox();
    const { grpcPort, httpPort } = first;
    const http = await startTestSandbox({ httpPort }).catch((error: Error) => error.message);
    expect(http).to.include(`HTTP on 127.0.0.1:${httpPort}`);
    const grpc = await startTestSandbox({ grpcPort }).catch((error: Error) => error.message);
    expect(grpc).to.include(`gRPC on 127.0.0.1:${grpcPort}`);
    await first.close();
  });

  for (const [what, env] of [
    ["nothing set but its ports", {}],
    ["brokers that are not there", { KAFKA_BROKERS: "127.0.0.1:1,127.0.0.1:2" }],
  ] as const) {
    it(`starts with ${what}, and stops cleanly on SIGTERM`, async () => {
      const sandbox = run(env);
      for await (const line of createInterface(sandbox.stderr!)) if (line.includes("ready")) break;
      sandbox.kill("SIGTERM");
      expect(await once(sandbox, "exit")).to.eql([0, null]);
    });
  }

  it("prints one line when a port is taken", async () => {
    const other = await startTestSandbox();
    const sandbox = run({ TILL_SANDBOX_HTTP_PORT: String(other.httpPort) });
    const [printed, exit] = await Promise.all([text(sandbox.stderr!), once(sandbox, "exit")]);
    expect(exit).to.eql([1, null]);
    expect(printed.split("\n").at(-2)).to.equal(
      `sandbox cannot start: cannot serve HTTP on 127.0.0.1:${other.httpPort}: the port is taken; ` +
        "set TILL_SANDBOX_HTTP_PORT, or TILL_PORT_OFFSET to move all ports",
    );
    await other.close();
  });

  it("prints one line when its journal cannot be opened", async () => {
    const sandbox = run({ TILL_SANDBOX_JOURNAL: "/nowhere/journal" });
    const [printed, exit] = await Promise.all([text(sandbox.stderr!), once(sandbox, "exit")]);
    expect(exit).to.eql([1, null]);
    expect(printed).to.match(
      /\nsandbox cannot start: cannot keep the journal \/nowhere\/journal: ENOENT.*\n$/,
    );
  });

  function run(env: Record<string, string>): ChildProcess {
    const ports = { TILL_SANDBOX_PORT: "0", TILL_SANDBOX_HTTP_PORT: "0" };
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    return spawn(process.execPath, [main], {
      env: { ...inheritedEnv, ...ports, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
  }
});
