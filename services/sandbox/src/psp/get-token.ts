import type { RouteHandlerMethod } from "fastify";
import { HttpError } from "../http-error.ts";
import { cardBehind } from "./magic-tokens.ts";

/** GET /psp/v1/tokens/:token: the masked card behind it. */
export const getToken: RouteHandlerMethod = ({ params }, reply) => {
  const { token } = params as { token: string };
  const card = cardBehind(token);
  if (!card) throw new HttpError(404, "token_not_found", "there is no such payment token");
  return reply.send({ token, ...card });
};
