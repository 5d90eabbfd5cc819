import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { InventoryService } from "@till/gen/till/inventory/v1/inventory_service_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { Code, errorTable } from "@till/rpc/errors";
import { allow, implement, serve, type RunningServer } from "@till/rpc/server";
import { startSandbox, type Sandbox } from "@till/sandbox";
import { createLog, createMetrics } from "@till/telemetry";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clinic, course, inactiveUser, newUser, notebook, shop } from "../../../test/support/fixtures.ts";
import { cliConfig } from "../src/cli/config.ts";
import { runCli } from "../src/cli/run-cli.ts";
import type { CheckedRule } from "../src/cli/verify-upstream/check.ts";

const host = "127.0.0.1";
const quiet = () => ({
  log: createLog({ service: "test", level: "silent" }),
  metrics: createMetrics({ service: "test" }),
});

describe("till verify-upstream", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let broken: RunningServer;
  before(async () => {
    sandbox = await startSandbox({ ...{ host, grpcPort: 0, httpPort: 0 }, ...quiet() });
    broken = await serveBroken();
  });
  after(async () => {
    await broken?.drain(0);
    await sandbox?.close();
  });

  const known = [
    ...["--user", newUser(), "--inactive-user", inactiveUser, "--course", course, "--session", clinic],
    ...["--product", notebook],
  ];

  /** Runs a command line with a service's token. */
  async function till(args: readonly string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const token = await (await fetch(`${sandbox.tokenUrl}?user=${shop}&role=service`)).text();
    const context = {
      config: cliConfig({ TILL_TOKEN: token }),
      print: (line: string) => void out.push(line),
      printError: (line: string) => void err.push(line),
      interrupted: () => new AbortController().signal,
    };
    return { exitCode: await runCli(args, context), out, err };
  }

  /** Checks every upstream at an address. */
  function verify(port: number, options: readonly string[] = []) {
    const upstreams = ["users", "courses", "sessions", "catalog", "inventory"];
    return till(["verify-upstream", ...upstreams.map((name) => `${name}=${host}:${port}`), ...options]);
  }

  const resultsOf = ({ out }: { readonly out: readonly string[] }) =>
    out.map((line) => JSON.parse(line) as CheckedRule);

  it("finds every rule kept by the sandbox", async () => {
    const { exitCode, out, err } = await verify(sandbox.grpcPort, known);
    expect(err).to.deep.equal([]);
    expect(out.filter((line) => !line.startsWith("ok "))).to.deep.equal(["36 kept, 0 broken, 0 not checked"]);
    expect(exitCode).to.equal(0);
  });

  it("says what it has no id to check with", async () => {
    const { exitCode, out } = await verify(sandbox.grpcPort);
    expect(exitCode).to.equal(0);
    expect(out.at(-1)).to.match(/^\d+ kept, 0 broken, 9 not checked$/);
    expect(out).to.include(
      "-       inventory reserves, commits and releases by the order's id\n        needs --product <id>",
    );
  });

  it("finds each rule that a service breaks, with what was expected and what came", async () => {
    const run = await verify(broken.port, [...known, "--json"]);
    expect(run.exitCode).to.equal(1);
    const found = resultsOf(run).filter(({ status }) => status === "BROKEN");
    const problems = Object.fromEntries(
      found.map(({ service, rule, problem }) => [`${service} ${rule}`, problem]),
    );
    expect(Object.keys(problems)).to.have.members(brokenRules);
    expect(problems["users leaves users that are unknown out of a batch"]).to.match(
      /^the call failed with NOT_FOUND/,
    );
    expect(problems["courses returns a course by its id, in a batch of one"]).to.match(
      /^the price cannot be charged/,
    );
    expect(problems["sessions returns a session by its id, in a batch of one"]).to.equal(
      "the price is missing",
    );
    expect(problems["inventory reserves once for an order, however often Reserve is repeated"]).to.equal(
      "expected 99 pieces to be available, and got 98",
    );
    expect(problems["inventory rejects other lines for the same order"]).to.equal(
      "expected RESERVATION_DIFFERS, and the call succeeded",
    );
  });

  it("finds every rule broken where there is no service", async () => {
    const run = await verify(1, [...known, "--json"]);
    expect(run.exitCode).to.equal(1);
    expect(resultsOf(run).filter(({ status }) => status !== "BROKEN")).to.deep.equal([]);
    expect(resultsOf(run)[0]!.problem).to.match(/UNAVAILABLE/);
  });

  it("takes no upstream that Till does not have", async () => {
    for (const upstream of ["prices=a:1", "users", "users=", "users=http://"]) {
      const { exitCode, err } = await till(["verify-upstream", upstream]);
      expect(exitCode, upstream).to.equal(2);
      expect(err.join("\n"), upstream).to.match(/an upstream is one of users, courses|users: is host:port/);
    }
  });

  it("runs as docs/connect.md has it", async () => {
    const document = await readFile(join(import.meta.dirname, "../../../docs/connect.md"), "utf8");
    const lines = document.split("\n").filter((line) => line.startsWith("npx till verify-upstream"));
    expect(lines).to.have.lengthOf(3);
    const ids: Readonly<Record<string, string>> = {
      ...{ "u-17": newUser(), "u-18": inactiveUser, "c-1": course, "s-1": clinic, "p-9": notebook },
    };
    for (const line of lines) {
      const [, , ...args] = line.replace(/localhost:\d+/g, `${host}:${sandbox.grpcPort}`).split(" ");
      const { exitCode, out } = await till(args.map((arg) => ids[arg] ?? arg));
      expect(exitCode, line).to.equal(0);
      expect(out.at(-1), line).to.match(/^\d+ kept, 0 broken, 0 not checked$/);
    }
  });
});

/** What `serveBroken` breaks. */
const brokenRules = [
  "users leaves users that are unknown out of a batch",
  "users returns an empty batch where every user is unknown",
  "users returns a batch of 500 within 1 s",
  "users takes 20 calls at the same time, each within 1 s",
  "users returns one user, and NOT_FOUND for one that is unknown, if it has the call at all",
  "users says of a user who may not buy that it is not active",
  "courses returns a course by its id, in a batch of one",
  "courses leaves courses that are unknown out of a batch",
  "courses returns an empty batch where every course is unknown",
  "sessions returns a session by its id, in a batch of one",
  "catalog quotes a product: its offer's id, its name and its price",
  "catalog leaves products that are unknown out of a quote",
  "catalog has no lines for a cart that is unknown",
  "inventory reserves once for an order, however often Reserve is repeated",
  "inventory reserves once where five repeats come at the same time",
  "inventory rejects other lines for the same order",
  "inventory reserves all lines or none, and names a product that is unknown",
  "inventory is OUT_OF_STOCK with what is wanted and what is available",
  "inventory has no reservation to commit for an order that is unknown",
  "inventory neither reserves nor commits once an order was released",
  "inventory rejects a Reserve that comes after the order's Release",
  "inventory releases a part once for each release_id, and no more than there is",
  "inventory releases a reservation that has expired within ten seconds",
];

const appError = errorTable({ NOT_FOUND: Code.NotFound, OUT_OF_STOCK: Code.FailedPrecondition });

/** Serves all upstreams as one may write them who has not read their contracts. */
function serveBroken(): Promise<RunningServer> {
  const stock = new Map<string, number>();
  let left = 100;
  const isKnown = (id: string) => id.startsWith("018f0000");
  const all = ["service"] as const;
  const ok = () => Promise.resolve({});
  return serve({
    services: [
      implement(UserService, {
        getUser: allow(all, ({ userId: id }) => Promise.resolve({ user: { id, active: true } })),
        batchGetUsers: allow(all, ({ userIds }) => {
          if (!userIds.every(isKnown)) throw appError("NOT_FOUND", "one of them is not known");
          return Promise.resolve({ users: userIds.map((id) => ({ id, active: true })) });
        }),
      }),
      implement(CourseService, {
        getCourse: allow(all, ({ courseId }) => {
          throw appError("NOT_FOUND", `no course ${courseId}`);
        }),
        batchGetCourses: allow(all, ({ courseIds }) =>
          Promise.resolve({
            courses: courseIds.map((id) => ({
              ...{ id, title: id, onSale: true },
              price: { currencyCode: "EUR", units: 9n, nanos: 999_000_000 },
            })),
          }),
        ),
        getSession: allow(all, ({ sessionId }) => {
          throw appError("NOT_FOUND", `no session ${sessionId}`);
        }),
        batchGetSessions: allow(all, ({ sessionIds }) =>
          Promise.resolve({
            sessions: sessionIds.filter(isKnown).map((id) => ({ id, title: id, capacity: 5 })),
          }),
        ),
      }),
      implement(CatalogService, {
        quoteItems: allow(all, ({ items, cartId }) => {
          if (cartId !== "") throw appError("NOT_FOUND", `no cart ${cartId}`);
          return Promise.resolve({ offers: items.map(({ productId }) => ({ productId, name: "a thing" })) });
        }),
      }),
      implement(InventoryService, {
        checkAvailability: allow(all, ({ productIds }) =>
          Promise.resolve({ products: productIds.map((productId) => ({ productId, available: left })) }),
        ),
        reserve: allow(all, ({ orderId, lines }) => {
          const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
          if (quantity > left) throw appError("OUT_OF_STOCK", "too many");
          left -= quantity;
          stock.set(orderId, (stock.get(orderId) ?? 0) + quantity);
          return Promise.resolve({});
        }),
        commit: allow(all, ok),
        release: allow(all, ({ orderId }) => {
          left += stock.get(orderId) ?? 0;
          stock.delete(orderId);
          return Promise.resolve({});
        }),
        releaseLines: allow(all, ({ orderId, lines }) => {
          const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
          left += quantity;
          stock.set(orderId, (stock.get(orderId) ?? 0) - quantity);
          return Promise.resolve({});
        }),
      }),
    ],
    ...{ host, port: 0, ...quiet() },
    verify: () => ({ id: shop, role: "service" }),
  });
}
