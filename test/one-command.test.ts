import { expect } from "chai";
import { createClient } from "@connectrpc/connect";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { grpcTransport } from "@till/rpc/client";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasGrpcurl, paste } from "./support/cookbook.ts";
import { eventually } from "./support/eventually.ts";
import { freePorts } from "./support/free-ports.ts";
import { inheritedEnv } from "./support/inherited-env.ts";

describe("One command runs it all", () => {
  let folder: string;
  const running = new Set<ChildProcess>();
  before(async () => (folder = await mkdtemp(join(tmpdir(), "till-start-"))));
  after(async () => {
    for (const child of running) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  function start(
    env: Record<string, string> = {},
    command = [process.execPath, "services/local/src/main.ts"],
  ) {
    const child = spawn(command[0]!, command.slice(1), {
      cwd: join(import.meta.dirname, ".."),
      env: { ...inheritedEnv, TILL_DATA_DIR: join(folder, "data"), ...freePorts, ...env },
    });
    running.add(child);
    // Not "exit": its last words may still be on their way then.
    const exited = once(child, "close").then(([code]) => code as number | null);
    void exited.then(() => running.delete(child));
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += String(chunk)));
    child.stderr.on("data", (chunk) => (printed += String(chunk)));
    return {
      out: () => printed,
      async untilServing(): Promise<void> {
        await eventually(() => expect(printed).to.include("Ctrl-C stops everything"), { timeoutMs: 60_000 });
      },
      async interrupt(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
        child.kill(signal);
        return exited;
      },
      exited,
    };
  }

  async function getOrder(printed: string, orderId: string, buyer?: string) {
    const tokenUrl = /curl -s '(\S+?)\?/.exec(printed)![1]!;
    const token = buyer
      ? await (await fetch(`${tokenUrl}?user=${buyer}`)).text()
      : /export TOKEN=(\S+)/.exec(printed)![1]!;
    const address = /grpcurl -plaintext (\S+) list/.exec(printed)![1]!;
    const transport = grpcTransport({ address, token: () => Promise.resolve(token) });
    const { order } = await createClient(OrderService, transport).getOrder({ orderId });
    transport.close();
    return order!;
  }
  async function ledgerOf(printed: string, orderId: string): Promise<string> {
    const ledger = /curl -s (\S+ledger)/.exec(printed)![1]!;
    return (await fetch(`${ledger}?order_id=${orderId}`)).text();
  }
  const orderIn = (printed: string) => /Order (\S+) is PAID/.exec(printed)![1]!;

  it("takes a first order to PAID, serves with the token it printed, stops on Ctrl-C and keeps its data", async () => {
    const first = start();
    await first.untilServing();
    const orderId = orderIn(first.out());
    for (const entry of ["ORDER_CREATED", "PAYMENT_REQUESTED", "PAYMENT_SUCCEEDED"])
      expect(first.out()).to.include(entry);
    expect((await getOrder(first.out(), orderId)).status).to.equal(OrderStatus.PAID);
    expect(await first.interrupt()).to.equal(0);
    expect(first.out()).to.match(/stopped\n$/);

    const second = start();
    await second.untilServing();
    expect(orderIn(second.out())).to.not.equal(orderId);
    const buyer = /user:(\S+)/.exec(first.out())![1]!;
    expect((await getOrder(second.out(), orderId, buyer)).status).to.equal(OrderStatus.PAID);
    expect(await second.interrupt()).to.equal(0);
  }).timeout(120_000);

  it("prints lines that can be pasted whole, twice", async function () {
    if (!(await hasGrpcurl())) return this.skip();
    const system = start();
    await system.untilServing();
    const [, lines] = /Try it:\n([^]*)\nData is kept/.exec(system.out())!;
    for (let time = 0; time < 2; time++) {
      const { exitCode, output } = await paste(lines!);
      expect(exitCode, output).to.equal(0);
      expect(output).to.include("ORDER_STATUS_CANCELLED").and.include("PAYMENT_STATUS_PROCESSED");
    }
    expect(await system.interrupt()).to.equal(0);
  }).timeout(120_000);

  it("knows after a kill what its payment provider took before", async () => {
    const killed = start();
    await killed.untilServing();
    const orderId = orderIn(killed.out());
    const charged = await ledgerOf(killed.out(), orderId);
    expect(charged).to.include('"type":"charge"');
    await killed.interrupt("SIGKILL");

    const next = start();
    await next.untilServing();
    expect(await ledgerOf(next.out(), orderId)).to.equal(charged);
    expect(await next.interrupt()).to.equal(0);
  }).timeout(120_000);

  it("stops when the npm that runs it is stopped, and leaves nothing behind", async () => {
    const viaNpm = start({ HOME: folder }, ["npm", "start"]);
    await viaNpm.untilServing();
    const tokenUrl = /curl -s '(\S+?)\?/.exec(viaNpm.out())![1]!;
    await viaNpm.interrupt("SIGTERM");
    await eventually(
      async () => {
        const response = await fetch(tokenUrl).catch(() => undefined);
        expect(response).to.equal(undefined);
      },
      { timeoutMs: 60_000 },
    );
  }).timeout(180_000);

  it("stops in good order when one Ctrl-C reaches it twice, from the terminal and from npm", async () => {
    const system = start();
    await system.untilServing();
    void system.interrupt();
    // At its heels: half a second later it would be a second one.
    await eventually(() => expect(system.out()).to.include("stopping"), { everyMs: 1 });
    expect(await system.interrupt()).to.equal(0);
    expect(system.out()).to.match(/stopped\n$/);
  }).timeout(120_000);

  it("says in one line which port is taken", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    const attempt = start({ TILL_PAYMENT_PORT: String(port) });
    expect(await attempt.exited).to.equal(1);
    const complaint = `till cannot start: cannot serve gRPC on 127.0.0.1:${port}: the port is taken; set TILL_PAYMENT_PORT,`;
    expect(attempt.out().split("\n").at(-2)).to.include(complaint);
    squatter.close();
  }).timeout(60_000);

  for (const wrong of [{ TILL_ORDER_PORT: "99999" }, { TILL_ORDER_EXPIRY_SECONDS: "never" }])
    it(`says in one line that ${Object.keys(wrong)[0]} is wrong, and starts nothing`, async () => {
      const attempt = start(wrong);
      expect(await attempt.exited).to.equal(1);
      expect(attempt.out()).to.match(new RegExp(`\n  ${Object.keys(wrong)[0]}: .*\n$`));
      expect(attempt.out()).to.not.include("Postgres");
    });
});
