import { hash } from "node:crypto";
import { appError } from "./app-error.ts";

/** Names the place after `lastId` in the list these filters make. Opaque to clients. */
export function pageTokenFor(lastId: string, filters: object): string {
  return Buffer.from(`${lastId}${digest(filters)}`).toString("base64url");
}

/** Where a page goes on, or undefined for the first. Throws INVALID_ARGUMENT for a token of another list. */
export function idFromPageToken(token: string, filters: object): string | undefined {
  if (token === "") return undefined;
  const text = Buffer.from(token, "base64url").toString();
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=[\w-]{12}$)/.exec(text)?.[0];
  if (!id || text !== `${id}${digest(filters)}`)
    throw appError("INVALID_ARGUMENT", "is not a token this list gave", { field: "page_token" });
  return id;
}

function digest(filters: object): string {
  return hash("sha256", JSON.stringify(filters), "base64url").slice(0, 12);
}
