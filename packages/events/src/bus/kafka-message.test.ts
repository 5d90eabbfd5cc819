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
