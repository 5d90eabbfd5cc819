import { Code, ConnectError } from "@connectrpc/connect";
import { RetryInfoSchema } from "@till/gen/google/rpc/error_details_pb";
import { expect } from "chai";
import { factsOf } from "./support/failure-of.ts";
import { courseLine, newCourse } from "./support/fixtures.ts";
import type { OrderProcess } from "./support/order-process.ts";
import { startProxiedOrderProcess, type ProxiedOrderProcess } from "./support/proxied-order-process.ts";
import type { TcpProxy } from "./support/tcp-proxy.ts";

describe("While Postgres is slow and many more orders come than can be placed", function () {
  this.timeout(120_000);
  let running: ProxiedOrderProcess;
  let proxy: TcpProxy;
  let order: OrderProcess;
  before(async function () {
    if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
    const capacity = { TILL_MAX_COMMANDS: "10", TILL_MAX_QUEUED_COMMANDS: "20" };
    running = await startProxiedOrderProcess(capacity);
    ({ order, proxy } = running);
  });
  after(() => running?.[Symbol.asyncDispose]());

  let number = 0;
  const place = () => {
    const request = { items: [courseLine(newCourse())], idempotencyKey: `${(number += 1)}` };
    return order.orders.createOrder(request, { timeoutMs: 30_000 });
  };

  it("each is placed, or OVERLOADED before any that waits is placed; afterwards all are placed", async () => {
    await place();
    proxy.slow(100);
    const ends: string[] = [];
    const calls = Array.from({ length: 300 }, () =>
      place().then(
        () => void ends.push("placed"),
        (error: unknown) => void ends.push(endOf(error)),
      ),
    );
    await Promise.all(calls);
    const placed = ends.filter((end) => end === "placed");
    expect(new Set(ends)).to.deep.equal(new Set(["OVERLOADED, to be retried", "placed"]));
    expect(placed.length).to.be.at.least(30);
    // Early: those that filled the queue ended after the last that was rejected.
    expect(ends.lastIndexOf("OVERLOADED, to be retried")).to.be.lessThan(ends.length - 20);
    proxy.pass();
    await Promise.all(Array.from({ length: 10 }, place));
  });
});

function endOf(error: unknown): string {
  if (!(error instanceof ConnectError)) throw error;
  const { reason } = factsOf(error);
  const retry = error.findDetails(RetryInfoSchema).length > 0 ? "to be retried" : "final";
  return error.code === Code.ResourceExhausted ? `${reason}, ${retry}` : `${Code[error.code]} ${reason}`;
}
