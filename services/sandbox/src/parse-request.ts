import type { z } from "zod";
import { HttpError } from "./http-error.ts";

/** Parses a request's input. Throws HttpError 400 `invalid_request`, naming every invalid field. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) =>
    [path.join("."), message].filter(Boolean).join(": "),
  );
  throw new HttpError(400, "invalid_request", problems.join("; "));
}
