import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";

/**
 * Returns the issuer's keys: fetched again when they are older than `maxAgeMs`, and for a key id that is new. While the
 * issuer is away the keys it had last are used, and they are fetched again every five seconds.
 */
export function issuerKeys(url: string, maxAgeMs: number): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: retryMs,
    timeoutDuration: 2_000,
  });
  let outage: { readonly error: unknown; readonly untilMs: number } | undefined;
  return async (header, token) => {
    if (!outage || Date.now() >= outage.untilMs) {
      try {
        const key = await remote(header, token);
        outage = undefined;
        return key;
      } catch (error) {
        if (!isOutage(error)) throw error;
        outage = { error, untilMs: Date.now() + retryMs };
      }
    }
    const { error } = outage;
    const last = remote.jwks();
    if (!last) throw error;
    return createLocalJWKSet(last)(header, token).catch(() => {
      throw error; // the key may be among the issuer's new ones
    });
  };
}

/** Whether the issuer could not be reached, or serves no keys, as against a token that is not valid. */
export function isOutage(error: unknown): boolean {
  const isNoKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
  const isVerdict = error instanceof errors.JOSEError && !isNoKeys;
  return !isVerdict || error.code === "ERR_JOSE_GENERIC";
}

const retryMs = 5_000;
