import { request } from "undici";
import { z } from "zod";
import { appError } from "../errors.ts";

const input = z.strictObject({
  user: z.string().regex(/^[!-~]{1,128}$/),
  role: z.enum(["user", "admin", "service"]),
});

const timeoutMs = 5_000;

/** Returns the sandbox's token of any identity. Throws INVALID_ARGUMENT, UPSTREAM_UNAVAILABLE. */
export async function sandboxToken(tokenUrl: string, query: unknown): Promise<string> {
  const read = input.safeParse(query);
  if (!read.success)
    throw appError("INVALID_ARGUMENT", "name the user, and a role: user, admin or service", {});
  const url = new URL(tokenUrl);
  url.searchParams.set("user", read.data.user);
  url.searchParams.set("role", read.data.role);
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await body.text();
    if (statusCode === 200) return text;
    throw new Error(`the sandbox responded ${statusCode}: ${text}`);
  } catch (cause) {
    throw appError("UPSTREAM_UNAVAILABLE", "the sandbox cannot be reached, try again", { cause });
  }
}
