import type { Money } from "@till/client/web";

/** `1,234.50 EUR`: the amount's own digits, grouped; nothing is computed. */
export function formatMoney({ currency, amount }: Money): string {
  return `${formatAmount(amount)} ${currency}`;
}

export function formatAmount(amount: string): string {
  const [whole = "", decimals] = amount.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

export function isZero({ amount }: Money): boolean {
  return /^-?[0.]+$/.test(amount);
}

const pad = (value: number, length = 2) => String(value).padStart(length, "0");

/** `2026-11-30 18:32:04` in the browser's time zone. */
export function formatTime(time: Date): string {
  return `${formatDay(time)} ${formatClock(time)}`;
}

export function formatDay(time: Date): string {
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}

function formatClock(time: Date): string {
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
}

/** `18:32:04.123` in the browser's time zone. */
export function formatClockMs(time: Date): string {
  return `${formatClock(time)}.${pad(time.getMilliseconds(), 3)}`;
}

/** Time between two moments: `+120 ms`, `+4.2 s`, `+3 min`, `+2 h`, `+5 d`. */
export function formatSince(from: Date, to: Date): string {
  const ms = to.getTime() - from.getTime();
  if (ms < 1_000) return `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `+${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `+${Math.floor(ms / 3_600_000)} h`;
  return `+${Math.floor(ms / 86_400_000)} d`;
}

/** `PAYMENT_PENDING` as `Payment pending`. */
export function formatName(name: string): string {
  const words = name.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The beginning and the end of a long id: UUIDs of one minute begin alike. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`;
}

/** How long ago a moment was: `4 s`, `3 min`, `2 h`, `5 d`. */
export function formatAge(since: Date): string {
  const seconds = Math.max(0, Math.floor((Date.now() - since.getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `12,345` */
export function formatCount(count: number): string {
  return formatAmount(String(count));
}
