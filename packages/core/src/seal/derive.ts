import { hkdfSync } from "node:crypto";

export const FORMAT = "v1";

export function derive(master: Uint8Array, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", master, "", `scopegate/${FORMAT}/${info}`, bytes));
}
