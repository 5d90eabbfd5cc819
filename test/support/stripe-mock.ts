import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** A request as it went to Stripe. */
type StripeRequest = {
  readonly method: string;
  readonly url: string;
  readonly contentType: string | undefined;
  readonly body: string;
};

/** stripe-mock, which judges requests by Stripe's own description of its API. */
export type StripeJudge = {
  /** Takes a request into account; the same request again is judged once. */
  examine(request: IncomingMessage, body: string): void;
  /** Rejects, naming the requests that Stripe would reject. */
  verdict(): Promise<void>;
};

/** PATH with the folder that `go install` writes to. */
const env = { ...process.env, PATH: [process.env["PATH"], join(homedir(), "go/bin")].join(delimiter) };
const isInstalled = !spawnSync("stripe-mock", ["-version"], { env }).error;

/** The judge; undefined where stripe-mock is not installed, unless TILL_REQUIRE names it. */
export function stripeMock(): StripeJudge | undefined {
  if (!isInstalled) {
    if (process.env["TILL_REQUIRE"]?.split(",").includes("stripe-mock"))
      throw new Error("TILL_REQUIRE names stripe-mock, which is not installed");
    return undefined;
  }
  const requests = new Map<string, StripeRequest>();
  return {
    examine({ method = "", url = "", headers }, body) {
      const request = { method, url, contentType: headers["content-type"], body };
      requests.set(JSON.stringify(request).replaceAll(/[0-9a-f-]{36}/g, "<id>"), request);
    },
    async verdict() {
      const judged = await Promise.all([...requests.values()].map(judge));
      const rejected = judged.filter((one) => one !== undefined);
      if (rejected.length > 0) throw new Error(`Stripe's description rejects ${rejected.join("; ")}`);
    },
  };
}

/** Returns a request that stripe-mock rejects, with the reason, or undefined. */
export async function judge({ method, url, contentType, body }: StripeRequest): Promise<string | undefined> {
  serving ??= startServing();
  const response = await fetch((await serving) + url, {
    method,
    headers: {
      authorization: "Bearer sk_test_123",
      ...(contentType !== undefined && { "content-type": contentType }),
    },
    ...(method === "POST" && { body }),
  });
  const text = await response.text();
  return response.ok ? undefined : `${method} ${url} ${body}: HTTP ${response.status} ${text}`;
}

let serving: Promise<string> | undefined;

/** Starts stripe-mock, once a process. Returns its URL. It ends with this process. */
async function startServing(): Promise<string> {
  const anyPort = ["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"];
  const child = spawn("stripe-mock", anyPort, { env, stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  const ended = once(child, "exit").then(() => {
    throw new Error("stripe-mock has ended");
  });
  const listening = (async () => {
    for await (const line of createInterface(child.stdout)) {
      const address = /Listening for HTTP at address: (\S+)/.exec(line)?.[1];
      if (address) return `http://${address}`;
    }
    throw new Error("stripe-mock does not listen");
  })();
  return Promise.race([listening, ended]);
}
