import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import { appError } from "./app-error.ts";

/** Reads a time; throws INVALID_ARGUMENT naming the field where it is none that protobuf allows: years 1 to 9999. */
export function timeFromProto(time: Timestamp, field: string): Date {
  const { seconds, nanos } = time;
  const isTime = seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos <= 999_999_999;
  if (isTime) return timestampDate(time);
  throw appError("INVALID_ARGUMENT", "must be a time in the years 1 to 9999", { field });
}

const firstSecond = -62_135_596_800n;
const lastSecond = 253_402_300_799n;
