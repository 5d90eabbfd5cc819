import { z } from "zod";

/** The named schemas of /openapi.json: bodies of requests as they are sent, of responses as they are received. */
const requests = z.registry<{ id: string }>();
const responses = z.registry<{ id: string }>();

export const schemas = {
  requests,
  responses,
  request<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
    requests.add(schema, { id: `${name}Request` });
    return schema;
  },
  response<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
    responses.add(schema, { id: name });
    return schema;
  },
};
