import { expect } from "chai";
import { recordFromMessage } from "./kafka-message.ts";

describe("a message received from Kafka", () => {
  it("is read whatever is missing from it", () => {
    expect(recordFromMessage("t", { key: null, value: null })).to.deep.equal({
      topic: "t",
      key: "",
      headers: {},
      value: "",
    });
  });

  it("has the record's time where the event has none, and none where that is no time", () => {
    const timeOf = (timestamp: string) =>
      recordFromMessage("t", { key: null, value: null, timestamp }).headers.ce_time;
    expect(timeOf("1700000000000")).to.equal("2023-11-14T22:13:20.000Z");
    for (const none of ["9223372036854775807", "-9223372036854775808", "8640000000000001", "soon"])
      expect(timeOf(none)).to.equal(undefined);
  });

  it("counts the last of a repeated header", () => {
    const headers = { ce_id: [Buffer.from("a"), "b"], ce_type: Buffer.from("é"), none: undefined };
    const record = recordFromMessage("t", { key: Buffer.from("k"), value: Buffer.from("{}"), headers });
    expect(record).to.deep.equal({
      topic: "t",
      key: "k",
      headers: { ce_id: "b", ce_type: "é", none: "" },
      value: "{}",
    });
  });
});
