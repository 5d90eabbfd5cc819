import { createLookup, type CacheStore } from "@till/cache";
import type { TokenSource } from "@till/rpc/client";
import type { Metrics } from "@till/telemetry";
import pMap from "p-map";
import { z } from "zod";
import { appError } from "../rules/errors.ts";
import type { User, Users } from "./ports.ts";

type UsersOverHttpOptions = {
  /** Before `/users/{userId}`, such as https://users.example.com/v1. */
  readonly url: string;
  readonly token: TokenSource;
  readonly store: CacheStore;
  readonly metrics: Metrics;
};

const timeoutMs = 5_000;
const atOnce = 16;

/** Users by `GET /users/{userId}`: 200 where there is one, who is active unless the body has `active: false`; else 404. */
export function usersOverHttp({ url, token, store, metrics }: UsersOverHttpOptions): Users {
  async function find(id: string): Promise<readonly [string, User] | undefined> {
    const response = await get(`${url.replace(/\/$/, "")}/users/${encodeURIComponent(id)}`, await token());
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw unusable(`status ${response.status}`);
    const { data } = body.safeParse(await response.json().catch(() => undefined));
    if (data === undefined) throw unusable("a body that is no user");
    return [id, { active: data.active }];
  }
  return createLookup<User>({
    name: "user",
    store,
    metrics,
    decode: (text) => cachedUser.parse(JSON.parse(text)),
    async fetchMany(ids) {
      const found = await pMap(ids, find, { concurrency: atOnce });
      return new Map(found.filter((entry) => entry !== undefined));
    },
  });
}

async function get(url: string, token: string): Promise<Response> {
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(url, { headers, signal, redirect: "error" });
  } catch (error) {
    throw unusable("no response", error);
  }
}

function unusable(why: string, cause?: unknown) {
  const message = "users cannot be reached, try again";
  return appError("UPSTREAM_UNAVAILABLE", message, { upstream: "users", cause: new Error(why, { cause }) });
}

const body = z.object({ active: z.boolean().default(true) });
const cachedUser = z.strictObject({ active: z.boolean() });
