import { createTill } from "@till/client";
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { parse } from "yaml";
import { hasGrpcurl, shellLines, startFreshSystem } from "./support/cookbook.ts";
import { eventually } from "./support/eventually.ts";

const root = join(import.meta.dirname, "..");

describe("docs/operations.md", () => {
  it("finds a poison event, previews its replay and replays it, and each of its lines runs", async function () {
    if (!(await hasGrpcurl())) return this.skip();
    await using system = await startFreshSystem();
    const environment = await readFile(join(system.dataDir, "env"), "utf8");
    const url = /ORDER_DATABASE_URL='([^']+)'/.exec(environment)?.[1];
    const database = new pg.Client({ connectionString: url });
    await database.connect();
    try {
      await database.query(`
        CREATE FUNCTION break_payments() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.type = 'PAYMENT_SUCCEEDED' THEN RAISE EXCEPTION 'a fault for the test'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER break_payments BEFORE INSERT ON order_event FOR EACH ROW EXECUTE FUNCTION break_payments()`);
      const token = await (
        await fetch(`${system.tokenUrl}?user=018f0000-0000-7000-9000-00000000000a`)
      ).text();
      const { orderAddress: order, paymentAddress: payment } = system;
      const till = createTill({ token, orderAddress: order, paymentAddress: payment });
      const { id, total } = await till.orders.create({
        items: [{ courseId: "018f0000-0000-7000-8000-0000000000c1" }],
      });
      await till.payments.process({ orderId: id, amount: total, paymentToken: "tok_approve" });
      await eventually(async () => {
        const { rows } = await database.query("SELECT 1 FROM dead_letter");
        expect(rows).to.have.length(1);
      });
      // What the alert TillDeadLetters is about.
      const deadLetters = () =>
        system.metrics().then((text) => [...text.matchAll(/^dead_letters\{(.*)\} [^0]/gm)]);
      expect((await deadLetters()).map(([, labels]) => labels)).to.deep.equal(['service="order"']);
      const measured = namesOf(await system.metrics());
      const unknown = (await alertedMetrics()).filter((name) => !measured.has(name));
      expect(unknown, "without TLS").to.deep.equal(["tls_certificate_valid_until_seconds"]);
      await database.query("DROP FUNCTION break_payments CASCADE");

      const { exitCode, output } = await system.paste(
        shellLines(await readFile(join(root, "docs/operations.md"), "utf8")),
      );
      expect(exitCode, output).to.equal(0);
      expect(output).to.include("a fault for the test");
      expect(output).to.include('"matched": 1');
      expect(output).to.include('"outcome": "REPLAY_OUTCOME_HANDLED"');
      expect((await till.orders.get(id)).status).to.equal("PAID");
      const history: string[] = [];
      for await (const { type } of till.orders.events(id)) history.push(type);
      expect(history.filter((type) => type === "PAYMENT_SUCCEEDED")).to.have.length(1);
      // The gauge is read four times a minute.
      await eventually(async () => expect(await deadLetters()).to.deep.equal([]), {
        timeoutMs: 30_000,
        everyMs: 500,
      });
      till.close();
    } finally {
      await database.end();
    }
  }).timeout(120_000);

  it("has a place for each alert, and no alert leads elsewhere", async () => {
    const runbook = await readFile(join(root, "docs/operations.md"), "utf8");
    const anchors = new Set(
      [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(" ", "-")),
    );
    const led = new Set<string>();
    for (const file of ["alerts.yaml", "service-levels.yaml"]) {
      const rules = await readFile(join(root, "deploy/prometheus", file), "utf8");
      const urls = [...rules.matchAll(/runbook_url: docs\/operations\.md#(\S+)/g)].map(
        ([, anchor]) => anchor!,
      );
      expect(urls).to.have.length([...rules.matchAll(/- alert: /g)].length);
      for (const anchor of urls) led.add(anchor);
    }
    expect([...led].sort()).to.deep.equal([...anchors].sort());
  });
});

/** The metrics that the alerts, and the rules that these are made of, read. */
async function alertedMetrics(): Promise<string[]> {
  const files = ["alerts.yaml", "service-levels.yaml"].map((file) => join(root, "deploy/prometheus", file));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const rules = texts.flatMap((text) => (parse(text) as Rules).groups.flatMap((group) => group.rules));
  const names = rules.flatMap(({ expr }) => {
    const withoutLabels = expr.replaceAll(/\{[^}]*\}|\b(by|on) \([^)]*\)/g, "");
    return withoutLabels.match(/\b[a-z][\w:]*\b/g) ?? [];
  });
  // Functions have no underscore, but for these; names of recorded rules have a colon.
  const isMetric = (name: string) => name.includes("_") && !/:|_over_time$|^histogram_/.test(name);
  return [...new Set(names.filter(isMetric))];
}

type Rules = { readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[] };

/** The names of the samples that a process shows or may show: of a histogram, its parts. */
function namesOf(text: string): Set<string> {
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  return new Set(
    types.flatMap(([, name, type]) =>
      type === "histogram" ? ["bucket", "sum", "count"].map((part) => `${name}_${part}`) : [name!],
    ),
  );
}
