import type { AppError, ErrorFacts, FieldViolation } from "./app-error.ts";
import { errorLimits } from "./limits.ts";

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
  const message = shortened(text, errorLimits.message);
  let left = errorLimits.details;
  const fits = (...texts: string[]) => {
    const needed = texts.reduce((sum, part) => sum + Buffer.byteLength(part), errorLimits.entry);
    if (needed > left) return false;
    left -= needed;
    return true;
  };
  const entries = Object.entries(facts.metadata ?? {});
  const kept = entries.filter(([name, value]) => value.length <= errorLimits.fact && fits(name, value));
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
      retryAfterMs: Math.min(Math.max(facts.retryAfterMs, 0), errorLimits.retryMs),
    }),
  };
}

function shortViolation({ field, description }: FieldViolation): FieldViolation {
  return {
    field: shortened(field, errorLimits.field),
    description: shortened(description, errorLimits.description),
  };
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
