import { countedAddress } from "@till/rpc/addresses";
import { bearerToken, type Caller, type VerifyToken } from "@till/rpc/server";
import type { RateLimits } from "./rate-limits.ts";

/** Admits requests: counts them against the limits, and says whose they are. */
export type Admission = {
  /** Counts a request of an address. Throws RATE_LIMITED. */
  readonly admitAddress: (address: string) => Promise<void>;
  /** Returns the caller of a valid token, and counts the request. Throws UNAUTHENTICATED, RATE_LIMITED. */
  readonly admitCaller: (authorization: string | undefined) => Promise<Caller>;
};

/** The gateway verifies tokens to know whom it counts; what a caller may do is for the services to decide. */
export function admission(limits: Pick<RateLimits, "count">, verify: VerifyToken): Admission {
  return {
    admitAddress: (address) => limits.count("address", countedAddress(address)),
    async admitCaller(authorization) {
      const caller = await verify(bearerToken(authorization));
      await limits.count("caller", `${caller.role}:${caller.id}`);
      return caller;
    },
  };
}
