import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { reflectedServices } from "../../../test/support/reflected-services.ts";
import { sandboxConfig } from "../src/config.ts";
import { manualTimers } from "./support/manual-scheduler.ts";
import { pay, paymentRequest, startTestSandbox } from "./support/sandbox-client.ts";

describe("the sandbox as a process", () => {
  it("listens on the ports the spec names, on this machine only, unless told otherwise", () => {
    expect(sandboxConfig({})).to.include({
      host: "127.0.0.1",
      grpcPort: 50053,
      httpPort: 8090,
      logLevel: "info",
    });
  });

  it("names each setting that is wrong", () => {
    const env = {
      TILL_SANDBOX_PORT: "http",
      TILL_SANDBOX_HTTP_PORT: "70000",
      TILL_LOG_LEVEL: "loud",
      TILL_REFLECTION: "maybe",
    };
    for (const name of Object.keys(env)) expect(() => sandboxConfig(env)).to.throw(name);
  });

  it("tells its schema, unless told otherwise", async () => {
    const servicesOf = async (options: { reflection?: boolean }) => {
      const sandbox = await startTestSandbox(options);
      return reflectedServices(`127.0.0.1:${sandbox.grpcPort}`).finally(() => sandbox.close());
    };
    expect(await servicesOf({})).to.include("till.user.v1.UserService");
    expect(await servicesOf({ reflection: false })).to.equal(undefined);
    expect(sandboxConfig({ TILL_REFLECTION: "off" }).reflection).to.equal(false);
  });

  it("ends callers that wait for answers which never come at once when it closes", async () => {
    const sandbox = await startTestSandbox({ timers: manualTimers() });
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

  it("says which port is taken, and leaves nothing running", async () => {
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

  it("says in one line that a port is taken", async () => {
    const other = await startTestSandbox();
    const sandbox = run({ TILL_SANDBOX_HTTP_PORT: String(other.httpPort) });
    const [said, exit] = await Promise.all([text(sandbox.stderr!), once(sandbox, "exit")]);
    expect(exit).to.eql([1, null]);
    expect(said).to.equal(`sandbox: cannot serve HTTP on 127.0.0.1:${other.httpPort}: the port is taken\n`);
    await other.close();
  });

  it("says in one line that its journal is out of reach", async () => {
    const sandbox = run({ TILL_SANDBOX_JOURNAL: "/nowhere/journal" });
    const [said, exit] = await Promise.all([text(sandbox.stderr!), once(sandbox, "exit")]);
    expect(exit).to.eql([1, null]);
    expect(said).to.match(/^sandbox: cannot keep the journal \/nowhere\/journal: ENOENT.*\n$/);
  });

  function run(env: Record<string, string>): ChildProcess {
    const ports = { TILL_SANDBOX_PORT: "0", TILL_SANDBOX_HTTP_PORT: "0" };
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    return spawn(process.execPath, [main], {
      env: { ...ports, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
  }
});
