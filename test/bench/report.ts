import type { CoresUsed } from "./cpu.ts";
export function describeCores(cores: CoresUsed | undefined): string {
  if (!cores) return "";
  return Object.entries(cores).map(([name, used]) => `${name} ${used.toFixed(2)}`).join(", ");
}
