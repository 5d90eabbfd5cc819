import { decodeJwt } from "jose";
import { tokenByClientCredentials, type OAuthClient } from "./client-credentials.ts";

/** Gives the bearer token of each call. */
export type TokenSource = {
  (): Promise<string>;
  /** Drops a token that was not accepted, in sources that may get another one. */
  readonly forget?: (token: string) => void;
};

/** Where a service gets the token with which it calls others. */
export type TokenIssuer = {
  /** Returns a bare JWT for a GET, as token side-cars and the sandbox do; with a client: an OAuth token endpoint. */
  readonly url: string;
  readonly client?: OAuthClient | undefined;
};

/**
 * Gives the token with which a service calls others. It is fetched once for all, and again when most of its life is
 * over; until the new one is there, or while none is to be had, the old one serves as long as it is good. One that was
 * not accepted is not used any more: its issuer may have changed its keys.
 */
export function tokenFrom(issuer: TokenIssuer, now: () => number = Date.now): TokenSource {
  let current: Token | undefined;
  /** Under way, or failed less than a moment ago. */
  let renewal: Promise<Token> | undefined;
  let retryAtMs = Infinity;

  function renew(): Promise<Token> {
    if (renewal && now() < retryAtMs) return renewal;
    const startedAtMs = now();
    retryAtMs = Infinity;
    renewal = fetchToken(issuer, now);
    renewal.then(
      (token) => {
        current = token;
        renewal = undefined;
      },
      () => (retryAtMs = startedAtMs + retryMs),
    );
    return renewal;
  }

  async function token(): Promise<string> {
    const atMs = now();
    if (current && atMs < current.renewAtMs) return current.value;
    const renewed = renew();
    return current && atMs < current.uselessAtMs ? current.value : (await renewed).value;
  }

  /** One that has just been fetched stays: nothing better is to be had. */
  function forget(rejected: string): void {
    if (current?.value === rejected && now() >= current.fetchedAtMs + retryMs) current = undefined;
  }

  return Object.assign(token, { forget });
}

/** An issuer that is down, or whose tokens are not accepted, is not called for every RPC. */
const retryMs = 1_000;

/** A token must not expire on its way. */
const onTheWayMs = 1_000;

type Token = {
  readonly value: string;
  readonly fetchedAtMs: number;
  readonly renewAtMs: number;
  readonly uselessAtMs: number;
};

async function fetchToken({ url, client }: TokenIssuer, now: () => number): Promise<Token> {
  const signal = AbortSignal.timeout(2_000);
  const { value, lifeMs } = client
    ? await clientToken(url, client, signal)
    : await bareToken(url, signal, now);
  return {
    value,
    fetchedAtMs: now(),
    renewAtMs: now() + lifeMs * 0.8,
    uselessAtMs: now() + lifeMs - onTheWayMs,
  };
}

type Fetched = { readonly value: string; readonly lifeMs: number };

async function clientToken(url: string, client: OAuthClient, signal: AbortSignal): Promise<Fetched> {
  const { value, lifeSeconds } = await tokenByClientCredentials(url, client, signal);
  return { value, lifeMs: lifeSeconds === undefined ? unsaidMs : lifeSeconds * 1000 };
}

async function bareToken(url: string, signal: AbortSignal, now: () => number): Promise<Fetched> {
  const response = await fetch(url, { redirect: "error", signal });
  if (!response.ok) throw new Error(`the token issuer answered ${response.status}`);
  const value = (await response.text()).trim();
  const { exp } = decodeJwt(value);
  return { value, lifeMs: exp === undefined ? unsaidMs : exp * 1000 - now() };
}

/** How long a token is used whose issuer does not say how long it lasts. */
const unsaidMs = 60_000;
