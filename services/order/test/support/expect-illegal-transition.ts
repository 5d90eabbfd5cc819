import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { rejectionOf } from "../../../../test/support/failure-of.ts";
import { type Purchase, read } from "./purchases.ts";

/** Expects a call to be rejected with ILLEGAL_TRANSITION and its metadata, and to have written nothing. */
export async function expectIllegalTransition(
  purchase: Purchase,
  call: () => Promise<unknown>,
  from: string,
  to: string,
): Promise<void> {
  const before = await read(purchase);
  const { code, reason, metadata } = await rejectionOf(call());
  expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "ILLEGAL_TRANSITION"]);
  expect(metadata).to.include({ from, to });
  expect(metadata.allowed?.split(","), "what is rejected is not allowed").not.to.include(to);
  expect(await read(purchase)).to.deep.equal(before);
}
