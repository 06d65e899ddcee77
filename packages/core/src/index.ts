export type { Account } from "./api/account.ts";
export type { AuthorizationUrlOptions, GoogleAuth } from "./api/google-auth.ts";
export type { InstanceMethods } from "./api/instance-methods.ts";
export type { UserGrants } from "./api/user-grants.ts";
export { AuthError } from "./errors/auth-error.ts";
export type { AuthErrorCode, AuthErrorOptions } from "./errors/auth-error.ts";
export type { ErrorRow } from "./errors/error-row.ts";
export { ERROR_TABLE } from "./errors/error-table.ts";
export type { ClientCredentials, ClientFile, ClientFileEntry, ClientOption } from "./google/client-config.ts";
export { GOOGLE_ENDPOINTS } from "./google/endpoints.ts";
export type { Endpoints } from "./google/endpoints.ts";
export type { AccessTokenOptions, SignedBlob, TokenSource } from "./google/token-source.ts";
export type { VerifiedUser } from "./google/user.ts";
export type { AnyOfScopes, GuardOptions, ScopeArguments } from "./guard/requirement.ts";
export type { DeniedEvent, FailureEvent, HookEvent, HookEvents, Hooks } from "./options/hooks.ts";
export type { AdmissionCandidate, ScopegateOptions } from "./options/options.ts";
export type { RoutesOption } from "./options/routes.ts";
export type { PageAction, PageModel, PagesOption, PageTexts, PartialPageTexts } from "./pages/index.ts";
export { scopegateSession } from "./session/own/own-session.ts";
export type { ScopegateSession, ScopegateSessionOptions } from "./session/own/own-session.ts";
export { memorySessionStore } from "./session/own/memory-session-store.ts";
export type { MemorySessionStoreOptions } from "./session/own/memory-session-store.ts";
export type { SessionRecord, SessionRecordStore, SetRecordOptions } from "./session/own/record-store.ts";
export { memoryTokenStore } from "./store/memory-token-store.ts";
export type { MemoryTokenStoreOptions } from "./store/memory-token-store.ts";
export { storePlainText } from "./store/plain-text.ts";
export type { ResealOptions, ResealProgress } from "./store/reseal.ts";
export { sessionTokenStore } from "./store/session-token-store.ts";
export type {
  BoundTokenStore,
  GrantKey,
  Lease,
  OwnerId,
  PutOptions,
  SessionBoundStore,
  StoreCapabilities,
  StoredGrant,
  TokenStore,
} from "./store/types.ts";
export type { DiagnosticMessages, Outcome } from "./util/diagnostics.ts";
