import { create } from "@bufbuild/protobuf";
import { GetUserRequestSchema } from "@till/gen/till/user/v1/user_service_pb";
import { expect } from "chai";
import { requestKey, requestKeyOf, requireRequestKey } from "./make-request-key.ts";

const call = { caller: { id: "shop", role: "service" as const }, idempotencyKey: undefined };
const hashed = {
  prefix: "till ",
  schema: GetUserRequestSchema,
  request: create(GetUserRequestSchema, { userId: "018f0000-0000-7000-8000-0000000000a1" }),
};

describe("A request's key", () => {
  it("has the hash that requests stored earlier have", () => {
    expect(requireRequestKey("k1", call, hashed)).to.deep.equal({
      callerId: "shop",
      key: "k1",
      hash: "QOxOlFjfJLhYT4uDyPc-g1CwPHvmbvnPe-oidc0g8RU",
    });
    expect(requestKey("k1", call, '["a",1]').hash).to.equal("E18XpHWmGv3urzdZrS5FrRx6uxkjlavkfkH8jjldwak");
  });

  it("has another hash for the same fields of another RPC", () => {
    expect(requireRequestKey("k1", call, { ...hashed, prefix: "other " }).hash).to.not.equal(
      "QOxOlFjfJLhYT4uDyPc-g1CwPHvmbvnPe-oidc0g8RU",
    );
  });

  it("is taken from the metadata where the field is empty, and may be left out where it is not required", () => {
    expect(requireRequestKey("", { ...call, idempotencyKey: "k2" }, hashed).key).to.equal("k2");
    expect(requestKeyOf("", call, hashed)).to.equal(undefined);
    expect(() => requireRequestKey("", call, hashed)).to.throw("idempotency_key is required");
  });
});
