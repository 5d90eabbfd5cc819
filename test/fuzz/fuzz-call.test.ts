import { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { PaymentService } from "@till/gen/till/payment/v1/payment_service_pb";
import { expect } from "chai";
import { newUser } from "../support/fixtures.ts";
import { fuzzCall, moods, roles, type Material } from "./fuzz-call.ts";
import { knownIds } from "./known-ids.ts";

const users = [newUser(), newUser()];
const material: Material = {
  methods: [...OrderService.methods, ...PaymentService.methods],
  ...{ users, ids: knownIds(users), token: () => "head.body.signature" },
};
const calls = (seed: number) => Array.from({ length: 300 }, (_, index) => fuzzCall(seed, index, material));
const bodies = (seed: number) => calls(seed).map(({ body, headers }) => [body.toString("base64"), headers]);

describe("The calls of a seed", () => {
  it("are the same each time, and others with another seed", () => {
    // But for times, which are near the present.
    const without = (seed: number) => bodies(seed).filter((_, index) => !hasTime(seed, index));
    expect(without(7)).to.deep.equal(without(7));
    expect(bodies(7)).not.to.deep.equal(bodies(8));
  });

  it("have every role and every mood", () => {
    expect(new Set(calls(1).map(({ role }) => role))).to.deep.equal(new Set(roles));
    expect(new Set(calls(1).map(({ mood }) => mood))).to.deep.equal(new Set(moods));
  });
});

function hasTime(seed: number, index: number): boolean {
  const { method } = fuzzCall(seed, index, material);
  return method.input.fields.some(({ name }) => name.startsWith("created_"));
}
