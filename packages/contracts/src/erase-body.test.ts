import { expect } from "chai";
import { eraseBody } from "./erase-body.ts";

describe("eraseBody", () => {
  const erase = (type: string, body: string) => eraseBody(type, body, "[erased]");

  it("overwrites the fields that the contract marks, and keeps every other character", () => {
    const body = `{"orderId":"o","captured":10.50,"reason":"USER","remark" : "Oh \\"no\\"","cancelledAt":"x"}`;
    expect(erase("order.cancelled", body)).to.equal(
      `{"orderId":"o","captured":10.50,"reason":"USER","remark" : "[erased]","cancelledAt":"x"}`,
    );
    expect(erase("order.refund_requested", `{"reason":"too sad"}`)).to.equal(`{"reason":"[erased]"}`);
  });

  it("leaves a body without such fields as it is, and a second time changes nothing", () => {
    const body = `{"status":"confirmed","amount":1.10}`;
    expect(erase("order.confirmed", body)).to.equal(body);
    const once = erase("order.shipped", `{"carrier":"DHL","trackingNumber":"1"}`);
    expect(erase("order.shipped", once)).to.equal(once);
  });

  it("overwrites as a whole what no contract describes, or is no JSON object", () => {
    for (const [type, body] of [
      ["no.such", `{"a":1}`],
      ["order.cancelled", "[1]"],
      ["order.cancelled", `{"remark":`],
    ] as const)
      expect(erase(type, body), body).to.equal(`{"erased":"[erased]"}`);
  });
});
