import { appError } from "./app-error.ts";
import { bearerToken } from "./bearer-token.ts";
import type { Call } from "./call.ts";
import type { Caller } from "./caller.ts";
import { checkMetadataKey } from "./check-card-numbers.ts";
import type { Policy } from "./implement.ts";
import type { ServerContext } from "./server-context.ts";

type Admission = Pick<ServerContext, "verify" | "rates">;

/**
 * Admits a call or throws: its deadline, its token, its role, its rate. Returns a promise only where the token is new or
 * there is a rate.
 */
export function admit(call: Call, policy: Policy, admission: Admission): Promise<void> | undefined {
  call.requireTime();
  const counted = admission.rates.countAddress(call);
  return counted
    ? counted.then(() => admitCaller(call, policy, admission))
    : admitCaller(call, policy, admission);
}

function admitCaller(call: Call, policy: Policy, { verify, rates }: Admission): Promise<void> | undefined {
  if (policy === "anyone") return undefined;
  const caller = verify(bearerToken(call.header("authorization")));
  const admitKnown = (known: Caller) => {
    authorise(call, known, policy);
    return rates.countCaller(call);
  };
  return caller instanceof Promise ? caller.then(admitKnown) : admitKnown(caller);
}

function authorise(call: Call, caller: Caller, policy: Exclude<Policy, "anyone">): void {
  call.caller = caller;
  if (!policy.includes(caller.role))
    throw appError("PERMISSION_DENIED", `role ${caller.role} may not call ${call.method}`);
  checkMetadataKey(call.idempotencyKey);
}
