import { expect } from "chai";
import type { Finding } from "../../deploy/doctor/finding.ts";

/** Expects a finding of that status, in these words, with a remedy where it is not ok. */
export function expectFinding(
  { status, found, remedy }: Finding,
  expected: Finding["status"],
  words: RegExp,
): void {
  expect(status, found).to.equal(expected);
  expect(found).to.match(words);
  expect(remedy !== undefined, "a remedy").to.equal(expected !== "ok");
}
