/**
 * The pause that a receiver requests, in milliseconds: Retry-After of a response 429 or 503, in seconds or as a
 * date. Undefined for any other response, and where the header says nothing usable.
 */
export function retryAfterMs(
  { statusCode, header }: { readonly statusCode: number; readonly header: string | undefined },
  now: Date,
): number | undefined {
  if (header === undefined || (statusCode !== 429 && statusCode !== 503)) return undefined;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : dateOf(text) - now.getTime();
  return ms > 0 ? ms : undefined;
}

/** HTTP's date, in milliseconds; NaN for anything else. */
function dateOf(text: string): number {
  return text.endsWith("GMT") ? Date.parse(text) : Number.NaN;
}
