import { expect } from "chai";
import { Counter, Gauge } from "prom-client";
import { createMetrics } from "./metrics.ts";
import { serveMetrics } from "./serve-metrics.ts";
import type { MetricsServer } from "./serve-metrics.ts";

describe("metrics over HTTP", () => {
  const metrics = createMetrics({ service: "order" });
  let server: MetricsServer;
  before(async () => (server = await serveMetrics({ metrics, port: 0 })));
  after(() => server.close());

  it("shows the service's own metrics and the process's, labelled with the service", async () => {
    new Counter({ name: "order_create_total", help: "orders", registers: [metrics] }).inc(3);
    const response = await get("/metrics?x=1");
    expect(response.status).to.equal(200);
    expect(response.headers.get("content-type")).to.include("text/plain");
    const text = await response.text();
    expect(text).to.include('order_create_total{service="order"} 3');
    expect(text).to.match(/process_resident_memory_bytes\{service="order"\} \d+/);
  });

  it("returns 404 to everything else", async () => {
    expect((await get("/")).status).to.equal(404);
    expect((await get("/metrics/x")).status).to.equal(404);
    expect((await get("/metrics", "POST")).status).to.equal(404);
  });

  it("returns 500 when a metric cannot be read, and goes on serving", async () => {
    const collect = () => Promise.reject(new Error("database away"));
    const gauge = new Gauge({ name: "broken", help: "broken", registers: [metrics], collect });
    expect((await get("/metrics")).status).to.equal(500);
    metrics.removeSingleMetric("broken");
    expect(gauge).to.be.an("object");
    expect((await get("/metrics")).status).to.equal(200);
  });

  it("says so when the port is taken", async () => {
    const second = await serveMetrics({ metrics, port: server.port }).catch((error: Error) => error.message);
    expect(second).to.equal(`cannot serve metrics on 127.0.0.1:${server.port}: the port is taken`);
  });

  it("keeps two services in one process apart", async () => {
    const other = await createMetrics({ service: "payment" }).metrics();
    expect(other).to.include('service="payment"').and.not.to.include('service="order"');
  });

  const get = (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
});
