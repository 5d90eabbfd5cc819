import { expect } from "chai";
import { createLog } from "./log.ts";

describe("log", () => {
  it("writes one JSON line an entry, with the service, the level by name and the time", () => {
    const [entry] = entriesOf((log) => log.info({ order_id: "o1" }, "order created"));
    expect(entry).to.include({ service: "order", level: "info", order_id: "o1", msg: "order created" });
    expect(new Date(String(entry?.time)).toISOString()).to.equal(entry?.time);
  });

  for (const name of [
    "authorization",
    "Authorization",
    "token",
    "payment_token",
    "paymentToken",
    "client_secret",
    "clientSecret",
    "card",
    "card_number",
    "cvv",
    "password",
  ]) {
    it(`masks ${name} on top, and one, two and three levels deep, and in lists`, () => {
      const text = textOf((log) => {
        log.info({ [name]: "hunter2" });
        log.info({ metadata: { [name]: "hunter2" } });
        log.info({ call: { metadata: { [name]: "hunter2" } } });
        log.info({ err: { call: { metadata: { [name]: { number: "hunter2" } } } } });
        log.info({ calls: [{ [name]: "hunter2" }] });
      });
      expect(text).not.to.include("hunter2");
      expect(text.match(/\[redacted\]/g)).to.have.length(5);
    });
  }

  it("masks what a child logger, and its child, is bound to", () => {
    const text = textOf((log) =>
      log
        .child({ caller: { token: "hunter2" } })
        .child({ authorization: "hunter2", request_id: "r1" })
        .info({ payment_token: "hunter2" }, "hello"),
    );
    expect(text).not.to.include("hunter2");
    expect(text).to.include('"request_id":"r1"');
  });

  it("masks card numbers wherever they are: messages, fields, names, numbers, errors, bindings", () => {
    const number = "4111 1111-11111111";
    const cause = new Error(`no card ${number}`);
    const text = textOf((log) => {
      log.info(`paid with ${number}`);
      log.info("paid with %s by %s", number, "ada");
      log.info({
        notes: [`pay ${number}`],
        [number]: true,
        amount: 4111111111111111,
        big: 4111111111111111n,
      });
      log.error({ err: new Error("declined", { cause }) });
      log.error(cause);
      log
        .child({ request_id: number })
        .child({ deep: { note: number } })
        .info("hello");
    });
    expect(text.replaceAll(/"pid":\d+/g, "")).not.to.match(/4111|1111/);
    expect(text.match(/\[card number\]/g)!.length).to.be.greaterThan(9);
    for (const line of text.trimEnd().split("\n")) expect(JSON.parse(line)).to.include({ service: "order" });
  });

  it("masks what an object turns itself into for JSON", () => {
    const account = { toJSON: () => ({ secret: "hunter2", page: new URL("http://x/4111111111111111") }) };
    const [entry] = entriesOf((log) => log.info({ account }));
    expect(entry?.account).to.deep.equal({ secret: "[redacted]", page: "http://x/[card number]" });
  });

  it("shows ids, times and traces as they are", () => {
    const facts = {
      order_id: "41111111-1111-1111-1111-111111111111",
      traceparent: "00-4111111111111111abcdef0000000000-a411111111111111-01",
      at: 1766000000001,
      ms: 0.4111111111111111,
    };
    const [entry] = entriesOf((log) => log.info(facts, "hello"));
    expect(entry).to.include(facts);
  });

  it("keeps what only resembles a secret's name readable", () => {
    const [entry] = entriesOf((log) =>
      log.info({ idempotency_key: "k1", discarded: 3, payment_method: "card" }),
    );
    expect(entry).to.include({ idempotency_key: "k1", discarded: 3, payment_method: "card" });
  });

  it("writes an error with its type, message, stack, causes and data, its secrets masked", () => {
    const cause = new Error("connection refused");
    const error = Object.assign(new TypeError("no answer", { cause }), {
      headers: { authorization: "hunter2" },
    });
    for (const [entry] of [
      entriesOf((log) => log.error({ err: error }, "lost")),
      entriesOf((log) => log.error(error)),
    ]) {
      expect(entry?.err).to.include({ type: "TypeError", message: "no answer: connection refused" });
      expect(entry?.err).to.have.property("stack").that.includes("log.test.ts");
      expect(entry?.err).to.have.deep.property("headers", { authorization: "[redacted]" });
    }
  });

  it("writes amounts, dates and things that are no data without failing", () => {
    const circle: Record<string, unknown> = { at: new Date(0), minorUnits: 5n, bytes: new Map() };
    circle.self = circle;
    const [entry] = entriesOf((log) => log.info({ circle }, "odd"));
    expect(entry?.circle).to.include({ at: "1970-01-01T00:00:00.000Z", minorUnits: 5, bytes: "[Map]" });
  });

  it("says nothing when it is silent", () => {
    expect(textOf((log) => log.fatal("hello"), "silent")).to.equal("");
  });
});

function textOf(
  write: (log: ReturnType<typeof createLog>) => void,
  level: "info" | "silent" = "info",
): string {
  let text = "";
  write(createLog({ service: "order", level, destination: { write: (line) => void (text += line) } }));
  return text;
}

function entriesOf(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines = textOf(write).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
