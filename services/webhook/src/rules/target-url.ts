import { appError } from "./errors.ts";

/** Reads an endpoint's URL and returns its normal form. Throws WEBHOOK_URL_REJECTED. */
export function requireTargetUrl(text: string, { allowHttp }: { readonly allowHttp: boolean }): URL {
  const url = URL.parse(text);
  if (!url) throw urlRejected("is not a URL");
  const isAllowed = url.protocol === "https:" || (allowHttp && url.protocol === "http:");
  if (!isAllowed) throw urlRejected("must begin with https://");
  if (url.username !== "" || url.password !== "") throw urlRejected("must have no user and no password");
  url.hash = "";
  return url;
}

/** WEBHOOK_URL_REJECTED, naming the field. */
export function urlRejected(message: string) {
  return appError("WEBHOOK_URL_REJECTED", message, { field: "url" });
}
