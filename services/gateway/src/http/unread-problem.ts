import type { ConnectError } from "@connectrpc/connect";
import { problemFrom, problemType, secondsOf, type Problem } from "./problem.ts";
import type { UnreadResponse, UnreadRejection } from "./reject-unread.ts";

/** The response to a REST request that is rejected unread. */
export const unreadProblem: UnreadRejection["respond"] = (
  { error, retryAfterMs },
  { id },
): UnreadResponse => {
  let problem = problems.get(error);
  if (!problem) problems.set(error, (problem = problemFrom(error, "")));
  return {
    status: problem.status,
    headers: { "content-type": problemType, "retry-after": `${secondsOf(retryAfterMs)}` },
    body: JSON.stringify({ ...problem, request_id: id }),
  };
};

/** Errors of overload are few, and made once. */
const problems = new WeakMap<ConnectError, Problem>();
