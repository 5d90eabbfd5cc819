import { table, text } from "../../services/gateway/src/openapi/openapi-html.ts";
import type { DataContract } from "../contracts/order-contract.ts";
import type { QualityRule } from "../contracts/order-quality.ts";

/** The tables of a data contract with their columns, the rules of quality, and the service levels. */
export function dataContractHtml({ schema, slaProperties, support }: DataContract, of: string): string {
  const tables = schema.map(({ name, description, properties }) => {
    const rows = properties.map(({ name: field, physicalName, description: about, ...property }) => [
      `<code>${text(field)}</code>`,
      `<code>${text(physicalName)}</code> ${text(String(property["physicalType"]))}`,
      `${text(String(about))}${property["required"] === true ? "" : " May be null."}`,
    ]);
    return [
      `<article id="${of}${name}"><h3><code>${text(name)}</code></h3><p>${text(description)}</p>`,
      table(["field", "column", "what"], rows),
      "</article>",
    ].join("\n");
  });
  const rules = schema.flatMap(({ properties, quality = [] }) => [
    ...properties.flatMap(({ quality: ofColumn = [] }) => ofColumn),
    ...quality,
  ]);
  const levels = slaProperties.map(({ property, value, unit, description }) => [
    text(property),
    text(`${value} ${unit ?? ""}`),
    text(description),
  ]);
  const channels = support.map(({ channel, description }) => [text(channel), text(description)]);
  return [
    ...tables,
    `<article id="${of}quality"><h3>Quality</h3>`,
    ...rules.map(ruleHtml),
    "</article>",
    `<article id="${of}levels"><h3>Service levels</h3>`,
    table(["level", "promise", "what"], levels),
    "<h3>Support</h3>",
    table(["channel", "for"], channels),
    "</article>",
  ].join("\n");
}

function ruleHtml({ name, description, query, metric, arguments: given = {}, ...rule }: QualityRule): string {
  const limits = Object.entries(rule).filter(([field]) => field.startsWith("must"));
  const limit = limits.map(([field, value]) => `${field} ${String(value)}`).join(", ");
  const measured = typeof query === "string" ? query : `${String(metric)} ${JSON.stringify(given)}`;
  return `<h4>${text(name)}</h4><p>${text(description)}</p><pre>${text(measured)}</pre><p><small>${text(limit)}</small></p>`;
}
