export { Account } from "./account.ts";
export { readFormBody } from "./body.ts";
export { declaredRequirement } from "./declared-scopes.ts";
export type { DiagnosticMessages, Outcome } from "./diagnostics.ts";
export { AuthError, toAuthError } from "./errors.ts";
export type { AuthErrorCode, AuthErrorOptions } from "./errors.ts";
export { ERROR_TABLE } from "./error-table.ts";
export type { ErrorRow } from "./error-row.ts";
export type { ClientCredentials, ClientFile, ClientFileEntry, ClientOption } from "./google/client-config.ts";
export { fastifySession } from "./fastify-session.ts";
export { GOOGLE_ENDPOINTS } from "./google/endpoints.ts";
export type { Endpoints } from "./google/endpoints.ts";
export { GoogleAuth } from "./google-auth.ts";
export type { AuthorizationUrlOptions } from "./google-auth.ts";
export { checkRequirement } from "./guard/check.ts";
export type { GuardAnswer } from "./guard/check.ts";
export { answerThrown } from "./guard/recover.ts";
export { signInRequirement } from "./guard/requirement.ts";
export type { AnyOfScopes, GuardOptions, Requirement, ScopeArguments } from "./guard/requirement.ts";
export type { RequestView } from "./http.ts";
export { koaSession } from "./koa-session.ts";
export { checkMount, isMountedOn, mountedOn, mountOn, mountPathOf } from "./mount.ts";
export { MiddlewareRequestView, NodeRequestView } from "./node-request-view.ts";
export { appendNodeHeader, sendNodeResponse, withCookie } from "./node-response.ts";
export type { FailureEvent, HookEvent, Hooks, ScopegateOptions } from "./options.ts";
export { scopegateSession } from "./own-session/own-session.ts";
export type { ScopegateSession, ScopegateSessionOptions } from "./own-session/own-session.ts";
export { memorySessionStore } from "./own-session/record-store.ts";
export type {
  MemorySessionStoreOptions,
  SessionRecord,
  SessionRecordStore,
  SetRecordOptions,
} from "./own-session/record-store.ts";
export type { PageAction, PageModel, PagesOption, PageTexts, PartialPageTexts } from "./pages/index.ts";
export type { RoutesOption } from "./route-paths.ts";
export { Scopegate } from "./scopegate.ts";
export type { Offline } from "./scopegate.ts";
export { middlewareSession } from "./middleware-session.ts";
export type { SessionHolder } from "./middleware-session.ts";
export type { SessionCapabilities, SessionHandle } from "./session.ts";
export { memoryTokenStore } from "./store/memory.ts";
export type { MemoryTokenStoreOptions } from "./store/memory.ts";
export { storePlainText } from "./store/plain-text.ts";
export type { ResealOptions, ResealProgress } from "./store/reseal.ts";
export { sessionTokenStore } from "./store/session.ts";
export type {
  BoundTokenStore,
  GrantKey,
  Lease,
  PutOptions,
  SessionBoundStore,
  StoreCapabilities,
  StoredGrant,
  TokenStore,
} from "./store/types.ts";
export type { AccessTokenOptions, SignedBlob, TokenSource } from "./token-source.ts";
export type { VerifiedUser } from "./user.ts";
export { UserGrants } from "./user-grants.ts";
