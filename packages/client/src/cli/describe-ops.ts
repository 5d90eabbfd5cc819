import type { DeadLetter, Lag, Replay, Replays, Stuck } from "../ops.ts";
import { aligned, formatTime } from "./layout.ts";

type OfService = { readonly service: string };

/** Dead letters as a table. */
export function describeDeadLetters(deadLetters: readonly (DeadLetter & OfService)[]): string[] {
  if (deadLetters.length === 0) return ["no dead letters"];
  const rows = deadLetters.map(({ id, service, eventType = "?", key, attempts, failedAt, reason }) => [
    ...[id, service, eventType, key, `${attempts}`, formatTime(failedAt), reason],
  ]);
  return aligned([["DEAD LETTER", "SERVICE", "EVENT", "ORDER", "ATTEMPTS", "FAILED", "REASON"], ...rows]);
}

/** What became of a replayed event. */
export function describeReplay({ outcome, deadLetter }: Replay): string[] {
  return [outcome, ...(deadLetter ? [`  ${deadLetter.reason}`] : [])];
}

/** What became of the dead letters of a type, at each service. */
export function describeReplays(replays: readonly (Replays & OfService)[]): string[] {
  const rows = replays.map(({ service, matched, replayed, failed }) => [
    ...[service, `${matched}`, `${replayed}`, `${failed}`],
  ]);
  return aligned([["SERVICE", "MATCHED", "REPLAYED", "FAILED"], ...rows]);
}

/** Each stuck thing with its cause and its remedy. */
export function describeStuck(stuck: readonly (Stuck & OfService)[]): string[] {
  if (stuck.length === 0) return ["nothing is stuck"];
  return stuck.flatMap(({ service, kind, id, since, cause, remedy }) => [
    `${kind} ${id}  ${service}, since ${formatTime(since)}`,
    `  cause   ${cause}`,
    `  remedy  ${remedy}`,
  ]);
}

/** The lag of each service. */
export function describeLags(lags: readonly (Lag & OfService)[]): string[] {
  return lags.flatMap(({ service, outboxRows, outboxAgeSeconds, parkedEvents, deadLetters, consumers }) => {
    const facts = [
      [
        "to publish",
        outboxRows === 0 ? "0" : `${outboxRows}, the oldest for ${outboxAgeSeconds.toFixed(0)} s`,
      ],
      ["parked", `${parkedEvents}`],
      ["dead letters", `${deadLetters}`],
      ...consumers.map(({ topic, lag }) => [`behind in ${topic}`, lag === undefined ? "unknown" : `${lag}`]),
    ];
    return [service, ...aligned(facts).map((line) => `  ${line}`)];
  });
}
