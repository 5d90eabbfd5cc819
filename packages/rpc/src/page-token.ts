import { hash } from "node:crypto";
import { appError } from "./app-error.ts";

/** Names the place after `last` in the list these filters make: an id, or the number of elements before. Opaque to clients. */
export function pageTokenFor(last: string | number, filters: object): string {
  return Buffer.from(`${last}${digest(filters)}`).toString("base64url");
}

/** The last id of the page before, or undefined for the first page. Throws INVALID_ARGUMENT for a token of another list. */
export function idFromPageToken(token: string, filters: object): string | undefined {
  return placeFrom(token, filters, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=[\w-]{12}$)/);
}

/** The number of elements on the pages before; 0 for the first. Throws INVALID_ARGUMENT for a token of another list. */
export function offsetFromPageToken(token: string, filters: object): number {
  return Number(placeFrom(token, filters, /^[0-9]{1,9}(?=[\w-]{12}$)/) ?? 0);
}

function placeFrom(token: string, filters: object, form: RegExp): string | undefined {
  if (token === "") return undefined;
  const text = Buffer.from(token, "base64url").toString();
  const place = form.exec(text)?.[0];
  if (place === undefined || text !== `${place}${digest(filters)}`)
    throw appError("INVALID_ARGUMENT", "is not a token this list gave", { field: "page_token" });
  return place;
}

function digest(filters: object): string {
  return hash("sha256", JSON.stringify(filters), "base64url").slice(0, 12);
}
