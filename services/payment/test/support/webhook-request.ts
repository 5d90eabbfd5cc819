import { newId } from "@till/ids";
import { createHmac } from "node:crypto";
import { webhookSecret } from "./fixtures.ts";

type WebhookEvent = { id?: string; type?: string; shown?: object };

/** The sandbox's event that a payment has succeeded, as a webhook's body, with what it shows of the payment. */
export function webhookBody(
  paymentId: string,
  { id = `evt_${newId()}`, type = "payment.succeeded", shown = {} }: WebhookEvent = {},
): string {
  const data = { payment: { ...shown, payment_id: paymentId } };
  return JSON.stringify({ id, type, created: 1, data });
}

/** The sandbox's signature of a webhook's body at a time. */
export function webhookSignature(
  body: string,
  { secret = webhookSecret, atMs = Date.now() }: { secret?: string; atMs?: number } = {},
): string {
  const time = Math.floor(atMs / 1000);
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}

/** Posts a webhook. Returns the response's status and error code. */
export async function postWebhook(
  url: string,
  body: string,
  signature: Record<string, string> = { "psp-signature": webhookSignature(body) },
): Promise<[status: number, errorCode: string | undefined]> {
  const headers = { "content-type": "application/json", ...signature };
  const response = await fetch(url, { method: "POST", headers, body });
  const { error } = (await response.json()) as { error?: { code: string } };
  return [response.status, error?.code];
}
