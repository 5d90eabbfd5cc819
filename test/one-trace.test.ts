import { expect } from "chai";
import { readFile } from "node:fs/promises";
import type { Span } from "./life/collect-spans.ts";
import { stepsIn } from "./life/document.ts";
import { kindsOf, stepsOf } from "./life/steps.ts";
import { traceLife } from "./life/trace-life.ts";

describe("A trace", () => {
  let spans: readonly Span[];
  before(async function () {
    if (!process.env["TILL_TEST_REDIS_URL"] || !process.env["TILL_TEST_KAFKA_BROKERS"]) return this.skip();
    this.timeout(180_000);
    ({ spans } = await traceLife());
  });

  /** The names of the spans from the trace's first one to this one. */
  function pathTo(name: string): string[] {
    const path: string[] = [];
    let span = spans.find((span) => span.name === name);
    while (span !== undefined) {
      const { parentSpanId } = span;
      path.unshift(span.name);
      span = spans.find(({ spanId }) => spanId === parentSpanId);
    }
    return path;
  }

  it("shows a payment from the gateway over both services and the provider to the consumers of its events", () => {
    const method = "till.payment.v1.PaymentService/ProcessPayment";
    const begun = [`POST /${method}`, method, method];
    expect(pathTo("sandbox charge")).to.deep.equal([...begun, "sandbox charge"]);
    const admission = "till.order.v1.OrderInternalService/BeginPayment";
    expect(pathTo(admission)).to.deep.equal([...begun, admission]);
    expect(pathTo("process order.confirmed")).to.deep.equal([
      ...begun,
      "publish payment.processed",
      "process payment.processed",
      "publish order.confirmed",
      "process order.confirmed",
    ]);
  });

  it("shows what an order looks up: in Redis, and where that has nothing, at its upstream", () => {
    const method = "till.order.v1.OrderService/CreateOrder";
    const begun = [`POST /${method}`, method, method];
    const lookups = ["read cached user", "till.user.v1.UserService/BatchGetUsers", "write cached user"];
    for (const lookup of lookups) expect(pathTo(lookup)).to.deep.equal([...begun, lookup]);
  });

  it("has the steps that docs/life-of-a-payment.md lists (`npm run life` writes it)", async () => {
    const document = await readFile(`${import.meta.dirname}/../docs/life-of-a-payment.md`, "utf8");
    expect(kindsOf(stepsOf(spans))).to.deep.equal(kindsOf(stepsIn(document)));
  });
});
