import { newId } from "@till/ids";
import { expect } from "chai";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { course, firstEdition, newUser, otherCourse } from "../../../test/support/fixtures.ts";
import { cliConfig } from "../src/cli/config.ts";
import { commandsBelow, tillProgram } from "../src/cli/program.ts";
import { runCli } from "../src/cli/run-cli.ts";
import type { Order, OrderUpdate } from "../src/index.ts";
import { startClientSystem, type ClientSystem } from "./support/client-system.ts";

describe("till, the command", () => {
  let system: ClientSystem;
  let home: string;
  before(async () => {
    system = await startClientSystem();
    home = await mkdtemp(join(tmpdir(), "till-cli-"));
  });
  after(async () => {
    await system.stop();
    await rm(home, { recursive: true });
  });

  /** Runs a command line in an environment that has the addresses, and a token where a user is named. */
  async function till(line: string | readonly string[], user?: string, role: "user" | "admin" = "user") {
    const [out, err]: [string[], string[]] = [[], []];
    const config = cliConfig({
      XDG_CONFIG_HOME: home,
      TILL_ORDER_ADDRESS: system.orderAddress,
      TILL_PAYMENT_ADDRESS: system.paymentAddress,
      ...(user !== undefined && { TILL_TOKEN: await system.token(user, role) }),
    });
    const context = {
      config,
      print: (text: string) => void out.push(text),
      printError: (text: string) => void err.push(text),
      interrupted: () => new AbortController().signal,
    };
    const exitCode = await runCli(typeof line === "string" ? line.split(" ") : line, context);
    return { exitCode, out: out.join("\n"), err: err.join("\n") };
  }

  const json = async <Result>(line: string, user: string): Promise<Result> => {
    const { out, err } = await till(`${line} --json`, user);
    expect(err).to.equal("");
    return JSON.parse(out) as Result;
  };

  it("keeps the sandbox's token for its owner alone, and uses it", async () => {
    const path = join(home, "till/credentials.json");
    const sandbox = new URL(system.tokenUrl).origin; // the address without the path
    const user = newUser();
    expect((await till(`login --sandbox ${sandbox} --user ${user}`)).out).to.contain(`as user ${user}`);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const created = await till(`orders create --course ${course}`);
    expect(created.out).to.contain("CREATED").and.to.contain("49.00 EUR").and.to.contain(user);
    await till("login --token not-a-token");
    expect(await readFile(path, "utf8")).to.contain('"not-a-token"');
    const rejected = await till("orders list");
    expect(rejected).to.include({ exitCode: 1, out: "" });
    expect(rejected.err).to.contain("till: UNAUTHENTICATED").and.to.contain("till login");
    await writeFile(path, "{}");
    expect(await till("orders list")).to.include({ exitCode: 2 });
    await rm(path);
    expect((await till("orders list")).err).to.contain("there is no token");
    const login = `login --sandbox ${sandbox} --user ${user} --json`;
    expect(JSON.parse((await till(login)).out)).to.deep.equal({ path, user, role: "user", sandbox });
    await rm(path);
  });

  it("creates, pays, watches, lists and cancels an order", async () => {
    const user = newUser();
    const lines = `--course ${course} --course ${otherCourse} --notes hello --key cli-1`;
    const order = await json<Order>(`orders create ${lines}`, user);
    expect(order).to.deep.include({ status: "CREATED", total: { currency: "EUR", amount: "68.90" } });
    expect(await json<Order>(`orders create ${lines}`, user)).to.include({
      id: order.id,
      idempotentReplay: true,
    });

    const paid = await till(`pay ${order.id} --card tok_approve`, user);
    expect(paid.out).to.match(/^Payment \S+ {2}PROCESSED {2}68\.90 EUR\n {2}order +/);
    const { out } = await till(`orders watch ${order.id} --until paid --json`, user);
    const updates = out.split("\n").map((line) => JSON.parse(line) as OrderUpdate);
    expect(updates.at(-1)).to.include({ status: "PAID" });

    const table = (await till("orders list --status paid --limit 5", user)).out.split("\n");
    expect(table[0]).to.match(/^ORDER +STATUS +TOTAL +CREATED +USER$/);
    expect(table[1]).to.match(new RegExp(`^${order.id} {2}PAID {4}68\\.90 EUR {2}\\d{4}-\\d\\d-\\d\\d `));
    expect(table).to.have.lengthOf(2);
    expect((await till("orders list --status shipped", user)).out).to.equal("no orders");

    const events = (await till(`events ${order.id}`, user)).out.split("\n");
    expect(events[0]).to.match(/^\S+ \S+Z {2}ORDER_CREATED +CREATED +user:/);
    const cancelled = await till(["orders", "cancel", order.id, "--reason", "changed my mind"], user);
    expect(cancelled).to.include({ exitCode: 0, err: "" });
    expect((await till(`orders watch ${order.id}`, user)).out).to.contain("REFUNDED");
  });

  it("requests a refund, and approves a part of it as an admin", async () => {
    const user = newUser();
    const { id } = await json<Order>(`orders create --course ${course}`, user);
    await till(`pay ${id} --card tok_approve`, user);
    await till(`orders watch ${id} --until paid`, user);
    const requested = await till(`refund request ${id} --reason boring`, user);
    expect(requested.out)
      .to.contain("REFUND_REQUESTED")
      .and.to.match(/refund +REQUESTED boring/);
    const byBuyer = await till(`refund approve ${id}`, user);
    expect(byBuyer).to.include({ exitCode: 1 });
    expect(byBuyer.err).to.contain("PERMISSION_DENIED");
    await till(`refund approve ${id} --amount 9.00`, "ops", "admin");
    await till(`orders watch ${id} --until paid`, user);
    expect((await till(`orders get ${id}`, user)).out).to.match(/refunded +9\.00 EUR/);
  });

  it("says what is wrong with a call, by its reason and its facts, and exits with 1", async () => {
    const { exitCode, err } = await till(
      `orders create --product ${firstEdition}=2 --country de --town Berlin`,
      newUser(),
    );
    expect(exitCode).to.equal(1);
    expect(err)
      .to.contain("till: OUT_OF_STOCK: ")
      .and.to.match(/\.available +1\n/)
      .and.to.match(/request +\S+/);
    const nowhere = await till(`orders get ${newId()} --order-address 127.0.0.1:1 --timeout 0.5`, newUser());
    expect(nowhere.err).to.contain("UNAVAILABLE").and.to.contain("--order-address");
  });

  it("says what may have been meant, and exits with 2 for what it cannot run", async () => {
    const user = newUser();
    const cases: [string, RegExp][] = [
      ["ordres list", /unknown command 'ordres'\n\(Did you mean orders\?\)/],
      ["orders creat --course x", /unknown command 'creat'\n\(Did you mean create\?\)/],
      ["orders list --statsu paid", /unknown option '--statsu'\n\(Did you mean --status\?\)/],
      ["pay", /missing required argument 'order-id'/],
      ["orders create", /needs a --course, a --session or a --product/],
      ["orders list --limit none", /--limit is a number/],
      ["orders list --status piad", /--status is one of created, .*paid.*, not piad/],
      ["ops stuck --service order", /--service is orders, payments, webhooks, not order/],
      ["ops replay", /needs the id of a dead letter, or a --type/],
      ["orders list --order-address http://", /orderAddress: is host:port or grpcs/],
      ["orders list --ca nowhere.pem", /--ca: cannot read nowhere\.pem/],
      ["orders list --timeout soon", /--timeout is a number of seconds/],
    ];
    for (const [line, expected] of cases) {
      const { exitCode, out, err } = await till(line, user);
      expect([exitCode, out], line).to.deep.equal([2, ""]);
      expect(err, line).to.match(expected);
    }
  });

  it("has help for each command, with the options of all and with examples", async () => {
    const context = { config: cliConfig({}), print: () => undefined, printError: () => undefined };
    const program = tillProgram({ ...context, interrupted: () => new AbortController().signal });
    const lines = commandsBelow(program).map(function lineOf(command): string {
      return command.parent ? `${lineOf(command.parent)} ${command.name()}`.trim() : "";
    });
    expect(lines).to.include.members([
      "login",
      "listen",
      "orders create",
      "webhooks redeliver",
      "ops replay",
    ]);
    for (const line of lines) {
      const { exitCode, out } = await till(`${line} --help`);
      expect(exitCode, line).to.equal(0);
      expect(out, line).to.contain("--order-address <address>");
      if (line !== "orders" && line !== "refund")
        expect(out, line).to.match(new RegExp(`\nExamples?:\n  (.* )?till ${line}`));
    }
    expect((await till("--help")).out).to.contain("till orders create --course");
  });

  it("prints its version", async () => {
    const manifest = await readFile(join(import.meta.dirname, "../package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { version: string };
    expect(await till("--version")).to.deep.equal({ exitCode: 0, out: version, err: "" });
  });

  it("prints a failed call as JSON where JSON is wanted", async () => {
    const { exitCode, out, err } = await till(`orders get ${newId()} --json`, newUser());
    expect([exitCode, out]).to.deep.equal([1, ""]);
    const { error } = JSON.parse(err) as { error: Record<string, unknown> };
    expect(error).to.include({ reason: "ORDER_NOT_FOUND", code: "NOT_FOUND" });
    expect(error).to.include.keys("message", "metadata", "violations", "requestId", "hint");
  });

  it("shows what is stuck and the lag of each service, and replays dead letters", async () => {
    const ops = (line: string) => till(`ops ${line}`, "ops", "admin");
    for (const service of ["orders", "payments"]) {
      expect(await ops(`stuck --service ${service}`)).to.deep.equal({
        ...{ exitCode: 0, out: "nothing is stuck", err: "" },
      });
      expect((await ops(`dead-letters --service ${service}`)).out).to.equal("no dead letters");
      const unknown = await ops(`replay ${newId()} --service ${service}`);
      expect(unknown.err).to.contain("DEAD_LETTER_NOT_FOUND");
    }
    const { out } = await ops("lag --service orders");
    expect(out).to.match(/^orders\n {2}to publish +0\n/);
    expect(out).to.contain("behind in payment.events").and.not.contain("behind in order.events");
    const lag = JSON.parse((await ops("lag --service payments --json")).out) as Record<string, unknown>;
    expect(lag).to.include({ service: "payments", outboxRows: 0, deadLetters: 0 });
    const dryRun = await ops("replay --type payment.processed --dry-run --service orders");
    expect(dryRun.out).to.match(/^SERVICE +MATCHED +REPLAYED +FAILED\norders +0 +0 +0$/);
    expect((await till("ops stuck --service orders", newUser())).err)
      .to.contain("PERMISSION_DENIED")
      .and.to.contain("--role admin");
  });
});
