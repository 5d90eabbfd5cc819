import { createTill } from "@till/client";
import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rows } from "../deploy/grafana/panels.ts";
import { startFreshSystem } from "./support/cookbook.ts";
import { eventually } from "./support/eventually.ts";

const program = "/usr/bin/prometheus";

describe("The dashboard", () => {
  it("has no empty panel when Prometheus scrapes a system under load", async function () {
    if (!existsSync(program)) {
      const isRequired = process.env["TILL_REQUIRE"]?.split(",").includes("prometheus");
      expect(isRequired, "TILL_REQUIRE names prometheus, which is not installed").to.not.equal(true);
      return this.skip();
    }
    await using system = await startFreshSystem();
    await using prometheus = await startPrometheus(system.metricsPorts);
    const stopping = new AbortController();
    const load = buyUntil(stopping.signal, system);
    try {
      const queries = Object.values(rows).flatMap((panels) =>
        panels.flatMap(({ title, curves }) => curves.map(({ query }) => ({ title, query }))),
      );
      for (const { title, query } of queries)
        await eventually(
          async () => expect(await prometheus.query(query), `${title}: ${query}`).to.not.be.empty,
          { timeoutMs: 30_000, everyMs: 500 },
        );
    } finally {
      stopping.abort();
      await load;
    }
  }).timeout(180_000);
});

type System = Awaited<ReturnType<typeof startFreshSystem>>;

/** Users buy and pay, one after the other, by gRPC and by HTTP. */
async function buyUntil(signal: AbortSignal, { tokenUrl, orderAddress, paymentAddress, gatewayUrl }: System) {
  for (let user = 0; !signal.aborted; user += 1) {
    const id = `018f0000-0000-7000-9000-${String(user).padStart(12, "0")}`;
    const token = await (await fetch(`${tokenUrl}?user=${id}`)).text();
    const till = createTill({ token, orderAddress, paymentAddress });
    const order = await till.orders.create({ items: [{ courseId: "018f0000-0000-7000-8000-0000000000c1" }] });
    await till.payments.process({ orderId: order.id, amount: order.total, paymentToken: "tok_approve" });
    await fetch(`${gatewayUrl}/orders/${order.id}`, { headers: { authorization: `Bearer ${token}` } });
    till.close();
  }
}

/** A Prometheus that scrapes these ports each second. */
async function startPrometheus(ports: readonly number[]) {
  const folder = await mkdtemp(join(tmpdir(), "till-prometheus-"));
  const targets = ports.map((port) => `127.0.0.1:${port}`);
  const config = {
    global: { scrape_interval: "1s" },
    scrape_configs: [{ job_name: "till", static_configs: [{ targets }] }],
  };
  await writeFile(join(folder, "prometheus.json"), JSON.stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const options = [
    `--config.file=${join(folder, "prometheus.json")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${new URL(url).host}`,
  ];
  const child = spawn(program, options, { stdio: "ignore" });
  const ended = once(child, "exit");
  await eventually(async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    /** The values of a query, without those that are no number. */
    async query(query: string): Promise<number[]> {
      const body = new URLSearchParams({ query: query.replaceAll("$__rate_interval", "10s") });
      const response = await fetch(`${url}/api/v1/query`, { method: "POST", body });
      const { status, data, error } = (await response.json()) as Answer;
      expect(status, `${query}: ${error}`).to.equal("success");
      return data!.result.map(({ value: [, text] }) => Number(text)).filter(Number.isFinite);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Answer = {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
};
