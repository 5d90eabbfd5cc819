import { reasonOf } from "@till/rpc/errors";
import { eventually } from "./eventually.ts";

/** Repeats a request as its callers do, while it fails with one of these reasons; throws what else it fails with. */
export async function repeatWhile<Result>(
  reasons: readonly string[],
  request: () => Promise<Result>,
): Promise<Result> {
  const outcome = await eventually(async () => {
    const [result] = await Promise.allSettled([request()]);
    if (result.status === "rejected" && reasons.includes(reasonOf(result.reason) ?? ""))
      throw result.reason as Error;
    return result;
  });
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}
