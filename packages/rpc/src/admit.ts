import { appError } from "./app-error.ts";
import { bearerToken } from "./bearer-token.ts";
import type { Call } from "./call.ts";
import type { Caller } from "./caller.ts";
import { checkMetadataKey } from "./check-card-numbers.ts";
import type { Policy } from "./implement.ts";
import type { ServerContext } from "./server-context.ts";

type Admission = Pick<ServerContext, "verify" | "rates">;

/**
 * Admits a call or throws: its deadline, its token, its role, its rate. Returns a promise only where the token is new.
 */
export function admit(call: Call, policy: Policy, { verify, rates }: Admission): Promise<void> | undefined {
  call.requireTime();
  rates.countAddress(call);
  if (policy === "anyone") return undefined;
  const caller = verify(bearerToken(call.header("authorization")));
  const authorised = (known: Caller) => {
    authorise(call, known, policy);
    rates.countCaller(call);
  };
  if (caller instanceof Promise) return caller.then(authorised);
  authorised(caller);
  return undefined;
}

function authorise(call: Call, caller: Caller, policy: Exclude<Policy, "anyone">): void {
  call.caller = caller;
  if (!policy.includes(caller.role))
    throw appError("PERMISSION_DENIED", `role ${caller.role} may not call ${call.method}`);
  checkMetadataKey(call.idempotencyKey);
}
