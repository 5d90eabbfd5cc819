import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";
import { openIdConfiguration } from "./openid-configuration.ts";

type Issuer = {
  readonly issuer: string;
  /** Left out: where the issuer's OpenID configuration says. */
  readonly jwksUrl?: string | undefined;
};

/**
 * Returns the issuer's keys: fetched again when they are older than `maxAgeMs`, and for a key id that is new. While the
 * issuer is away the keys it had last are used, and they are fetched again every five seconds.
 */
export function issuerKeys({ issuer, jwksUrl }: Issuer, maxAgeMs: number): JWTVerifyGetKey {
  let remote = jwksUrl === undefined ? undefined : remoteKeys(jwksUrl, maxAgeMs);
  let discovery: Promise<RemoteKeys> | undefined;
  let last: JSONWebKeySet | undefined;
  let outage: { readonly error: unknown; readonly untilMs: number } | undefined;

  /** Discovers where the keys are, once for all the tokens that wait for them. */
  function discover(): Promise<RemoteKeys> {
    discovery ??= openIdConfiguration(issuer)
      .then(({ jwks_uri: url }) => remoteKeys(url, maxAgeMs))
      .finally(() => (discovery = undefined));
    return discovery;
  }

  return async (header, token) => {
    if (!outage || Date.now() >= outage.untilMs) {
      try {
        remote ??= await discover();
        const key = await remote(header, token);
        outage = undefined;
        return key;
      } catch (error) {
        if (!isOutage(error)) throw error;
        last = remote?.jwks() ?? last;
        if (jwksUrl === undefined) remote = undefined; // the issuer may have them elsewhere by now
        outage = { error, untilMs: Date.now() + retryMs };
      }
    }
    const { error } = outage;
    const keys = remote?.jwks() ?? last;
    if (!keys) throw error;
    return createLocalJWKSet(keys)(header, token).catch(() => {
      throw error; // the key may be among the issuer's new ones
    });
  };
}

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

function remoteKeys(url: string, maxAgeMs: number): RemoteKeys {
  return createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: retryMs,
    timeoutDuration: 2_000,
  });
}

/** Whether the issuer could not be reached, or serves no keys, as against a token that is not valid. */
export function isOutage(error: unknown): boolean {
  const isNoKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
  const isVerdict = error instanceof errors.JOSEError && !isNoKeys;
  return !isVerdict || error.code === "ERR_JOSE_GENERIC";
}

const retryMs = 5_000;
