import { schemaHtml, table, text } from "../../services/gateway/src/openapi/openapi-html.ts";
import type { Schema } from "../../services/gateway/src/openapi/json-schemas.ts";
import type { AsyncApi } from "../contracts/describe-events.ts";

/** The topics of a contract and each of its messages, with an example. */
export function eventsHtml({ channels, components }: AsyncApi, of: string): string {
  const topics = Object.entries(channels).flatMap(([topic, { description, subscribe, publish }]) =>
    Object.entries({ published: subscribe, consumed: publish }).flatMap(([direction, operation]) => {
      if (!operation) return [];
      const types = operation.message.oneOf.map(({ $ref }) => nameIn($ref));
      const links = types.map((type) => `<a href="#${of}${type}">${text(type)}</a>`).join(", ");
      return [[`<code>${text(topic)}</code>`, direction, `${text(description)} ${links}`]];
    }),
  );
  const messages = Object.entries(components.messages).map(([type, message]) => {
    const { summary, description = "", payload, examples } = message;
    const name = nameIn(payload.$ref);
    const example = JSON.stringify(examples[0]?.payload, null, 2);
    return [
      `<article id="${of}${type}"><h3><code>${text(type)}</code></h3>`,
      `<p>${text(summary)} ${text(description)}</p>`,
      schemaHtml([name, components.schemas[name] as Schema], of),
      `<details><summary>Example</summary><pre>${text(example)}</pre></details></article>`,
    ].join("\n");
  });
  const headers = schemaHtml(["CloudEvent", components.schemas["CloudEvent"] as Schema], of);
  return [
    table(["topic", "", "events"], topics),
    ...messages,
    "<h3>Headers of each record</h3>",
    headers,
  ].join("\n");
}

function nameIn(reference: string): string {
  return reference.replace(/^.*\//, "");
}
