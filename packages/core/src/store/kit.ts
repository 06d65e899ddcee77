// What stores have in common that keep grants in a server: for those of ours, and for those that others write.
export { createLeaser } from "./kit/leaser.ts";
export type { LeaseTable, LeaserOptions } from "./kit/leaser.ts";
export { checkLeaseMs } from "./kit/lease-time.ts";
export { KeyedLock } from "../util/keyed-lock.ts";
export { escapeText, recordName, unescapeText } from "./kit/names.ts";
