import type { AppError, ErrorFacts, FieldViolation } from "./app-error.ts";

/** An error as it goes to the caller. */
type FittingError = Pick<ErrorFacts, "violations" | "retryAfterMs"> & {
  readonly message: string;
  readonly metadata: Record<string, string>;
};

/**
 * Returns an error's message and facts, shortened to what every gRPC client accepts: many allow 8 KB of trailers, and
 * details travel in base64. Metadata `violations_omitted` and `metadata_omitted` count what was left out.
 */
export function fittingTrailers({ message: text, facts }: AppError): FittingError {
  const message = shortened(text, longestMessage);
  let left = detailBytes;
  const fits = (...texts: string[]) => {
    const needed = texts.reduce((sum, part) => sum + Buffer.byteLength(part), entryBytes);
    if (needed > left) return false;
    left -= needed;
    return true;
  };
  const entries = Object.entries(facts.metadata ?? {});
  const kept = entries.filter(([name, value]) => value.length <= longestFact && fits(name, value));
  const violations = facts.violations?.map(shortViolation);
  const shown = violations?.filter(({ field, description }) => fits(field, description));
  const metadata: Record<string, string> = Object.fromEntries(kept);
  const omitted = (violations?.length ?? 0) - (shown?.length ?? 0);
  if (kept.length < entries.length) metadata.metadata_omitted = String(entries.length - kept.length);
  if (omitted > 0) metadata.violations_omitted = String(omitted);
  return {
    message,
    metadata,
    ...(shown && { violations: shown }),
    ...(facts.retryAfterMs !== undefined && {
      retryAfterMs: Math.min(Math.max(facts.retryAfterMs, 0), longestRetryMs),
    }),
  };
}

/** Bytes of the message in percent-encoding; it goes twice more into the details. */
const longestMessage = 600;
/** Bytes of metadata and violations: with the messages in base64, 6 KB in all. */
const detailBytes = 2_600;
/** Tags and lengths around two texts. */
const entryBytes = 10;
const longestFact = 1_000;
/** Another server may say anything. */
const longestRetryMs = 24 * 60 * 60_000;

function shortViolation({ field, description }: FieldViolation): FieldViolation {
  return { field: shortened(field, 200), description: shortened(description, 300) };
}

/** A text of at most so many bytes on the wire, cut between characters. */
function shortened(text: string, bytes: number): string {
  const wellFormed = text.slice(0, bytes).toWellFormed();
  if (text.length <= bytes && wireBytes(wellFormed) <= bytes) return wellFormed;
  let length = 0;
  let short = "";
  for (const character of wellFormed) {
    length += wireBytes(character);
    if (length > bytes - 3) break;
    short += character;
  }
  return `${short}...`;
}

/** How many bytes grpc-message has for a text. */
function wireBytes(text: string): number {
  return encodeURI(text).length;
}
