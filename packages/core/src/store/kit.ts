// The types of token stores, and building blocks for those on a server: @scopegate/core/store-kit. Scopegate's own stores use them.
export { createLeaser } from "./kit/leaser.ts";
export type { LeaseTable, LeaserOptions } from "./kit/leaser.ts";
export { checkLeaseMs } from "./kit/lease-time.ts";
export { KeyedLock } from "../util/keyed-lock.ts";
export { asOwnerId } from "./owner-id.ts";
export type { OwnerId } from "./owner-id.ts";
export type {
  BoundTokenStore,
  GrantKey,
  Lease,
  PutOptions,
  SessionBoundStore,
  StoreCapabilities,
  StoredGrant,
  TokenStore,
} from "./types.ts";
export { escapeText, recordName, unescapeText } from "./kit/names.ts";
