import { startTracing } from "@till/tracing/start";
import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { v7 } from "uuid";
import { json } from "node:stream/consumers";
import { startFreshSystem } from "./support/cookbook.ts";
import { eventually } from "./support/eventually.ts";

type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
};
type Export = { readonly resourceSpans: readonly { scopeSpans: readonly { spans: readonly Span[] }[] }[] };

describe("A trace", () => {
  it("shows a payment from the gateway over both services and the provider to the consumers of its events", async () => {
    await using collector = await startCollector();
    const endTracing = await startTracing("till", { url: collector.url, ratio: 1 });
    try {
      await using system = await startFreshSystem();
      const user = "018f0000-0000-7000-9000-00000000000b";
      const token = await (await fetch(`${system.tokenUrl}?user=${user}`)).text();
      const post = async (path: string, body: object) => {
        const response = await fetch(`${system.gatewayUrl}/${path}`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "idempotency-key": v7(),
          },
          body: JSON.stringify(body),
        });
        expect(response.status, await response.clone().text()).to.be.below(300);
        return (await response.json()) as Readonly<Record<string, unknown>>;
      };
      const course = "018f0000-0000-7000-8000-0000000000c1";
      const { order } = (await post("till.order.v1.OrderService/CreateOrder", {
        items: [{ courseId: course }],
      })) as { readonly order: { readonly id: string } };
      await post("till.payment.v1.PaymentService/ProcessPayment", {
        orderId: order.id,
        amount: { currencyCode: "EUR", units: "49" },
        paymentToken: "tok_approve",
      });

      const trace = await eventually(() => {
        const spans = collector.spans();
        const paid = spans.find(({ name }) => name === "POST /till.payment.v1.PaymentService/ProcessPayment");
        const ofTrace = spans.filter(({ traceId }) => traceId === paid?.traceId);
        expect(ofTrace.filter(({ name }) => name === "process order.confirmed")).to.have.length(1);
        return ofTrace;
      });
      const pathTo = (name: string) =>
        pathOf(
          trace,
          trace.find((span) => span.name === name)!,
        );
      const begun = [
        "POST /till.payment.v1.PaymentService/ProcessPayment",
        "till.payment.v1.PaymentService/ProcessPayment",
        "till.payment.v1.PaymentService/ProcessPayment",
      ];
      expect(pathTo("sandbox charge")).to.deep.equal([...begun, "sandbox charge"]);
      const admission = "till.order.v1.OrderInternalService/BeginPayment";
      expect(pathTo(admission).slice(0, 4)).to.deep.equal([...begun, admission]);
      const confirmed = pathTo("process order.confirmed");
      expect(confirmed).to.deep.equal([
        ...begun,
        "publish payment.processed",
        "process payment.processed",
        "publish order.confirmed",
        "process order.confirmed",
      ]);
      expect(trace.map(({ name }) => name)).to.include.members([
        "insert_payments_within_limits",
        "save_changes_by_version",
      ]);
    } finally {
      await endTracing();
    }
  }).timeout(60_000);
});

/** The names of the spans from the trace's first one to this one. */
function pathOf(trace: readonly Span[], span: Span): string[] {
  const parent = trace.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent ? pathOf(trace, parent) : []), span.name];
}

/** Takes spans by OTLP over HTTP. */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { scopeSpans } of (body as Export).resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans: () => spans,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
