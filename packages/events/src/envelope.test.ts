import { expect } from "chai";
import { eventFromRecord, recordIdOf, typeOfRecord } from "./envelope.ts";
import { EventMalformed } from "./event.ts";

const required = { ce_specversion: "1.0", ce_id: "e1", ce_type: "payment.processed", ce_source: "psp" };
const topic = "payment.events";

describe("A CloudEvent of another producer", () => {
  it("in binary mode needs no optional attribute: the key is its subject", () => {
    const value = '{"amount":1.50}';
    const record = { topic, key: "order-1", headers: required, value };
    const { time, ...event } = eventFromRecord(record);
    const expected = { id: "e1", type: "payment.processed", source: "psp", subject: "order-1" };
    expect(event).to.deep.equal({ ...expected, dataVersion: 0, data: { amount: 1.5 }, json: value });
    expect(time).to.be.a("date");
  });

  it("in structured mode is read from its body", () => {
    const value = JSON.stringify({
      ...{ specversion: "1.0", id: "e2", type: "payment.failed", source: "psp", subject: "order-2" },
      ...{ time: "2026-01-02T03:04:05Z", dataversion: 7, traceparent: "00-trace", data: { code: "x" } },
    });
    const headers = { "content-type": "application/cloudevents+json; charset=UTF-8" };
    const record = { topic, key: "key", headers, value };
    expect(eventFromRecord(record)).to.deep.equal({
      ...{ id: "e2", type: "payment.failed", source: "psp", subject: "order-2", dataVersion: 7 },
      time: new Date("2026-01-02T03:04:05Z"),
      traceparent: "00-trace",
      data: { code: "x" },
      json: '{"code":"x"}',
    });
    expect([typeOfRecord(record), recordIdOf(record)]).to.deep.equal(["payment.failed", "e2"]);
  });

  it("in structured mode may have its data in base64", () => {
    const data_base64 = Buffer.from('{"code":"x"}').toString("base64");
    const value = JSON.stringify({ specversion: "1.0", id: "e3", type: "t", source: "s", data_base64 });
    const headers = { "content-type": "application/cloudevents+json" };
    expect(eventFromRecord({ topic, key: "k", headers, value }).data).to.deep.equal({ code: "x" });
  });

  it("in structured mode whose body is no object is malformed, and has an id all the same", () => {
    const headers = { "content-type": "application/cloudevents+json" };
    for (const value of ["", "null", "7", "{"]) {
      const record = { topic, key: "k", headers, value };
      expect(() => eventFromRecord(record), value).to.throw(EventMalformed);
      expect(recordIdOf(record)).to.match(/^sha256:/);
    }
  });
});
