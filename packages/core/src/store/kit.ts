// Building blocks for token stores on a server, exported as @scopegate/core/store-kit. Our own stores are made of them.
export { createLeaser } from "./kit/leaser.ts";
export type { LeaseTable, LeaserOptions } from "./kit/leaser.ts";
export { checkLeaseMs } from "./kit/lease-time.ts";
export { KeyedLock } from "../util/keyed-lock.ts";
export { asOwnerId } from "./owner-id.ts";
export { escapeText, recordName, unescapeText } from "./kit/names.ts";
