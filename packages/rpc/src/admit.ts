import { appError } from "./app-error.ts";
import { bearerToken } from "./bearer-token.ts";
import type { Call } from "./call.ts";
import { checkMetadataKey } from "./check-card-numbers.ts";
import type { Policy } from "./implement.ts";
import type { VerifyToken } from "./verify-token.ts";

/** Admits a call or throws: its deadline, its token, its role. Returns a promise only where the token is new. */
export function admit(call: Call, policy: Policy, verify: VerifyToken): Promise<void> | undefined {
  call.requireTime();
  if (policy === "anyone") return undefined;
  const caller = verify(bearerToken(call.header("authorization")));
  if (caller instanceof Promise) return caller.then((known) => authorise(call, known, policy));
  authorise(call, caller, policy);
  return undefined;
}

function authorise(call: Call, caller: Call["caller"], policy: Exclude<Policy, "anyone">): void {
  call.caller = caller;
  if (!policy.includes(caller.role))
    throw appError("PERMISSION_DENIED", `role ${caller.role} may not call ${call.method}`);
  checkMetadataKey(call.idempotencyKey);
}
