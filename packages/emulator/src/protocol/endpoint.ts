/** The parts of the emulator that the request log and the faults tell apart. */
export type Endpoint =
  | "home"
  | "discovery"
  | "authorization"
  /** The account chooser. */
  | "accounts"
  /** An account was clicked. */
  | "choice"
  /** The consent page. */
  | "consent"
  /** The consent page was answered. */
  | "decision"
  | "token"
  | "revocation"
  | "tokeninfo"
  | "userinfo"
  | "jwks"
  | "certificates"
  | "serviceKeys"
  | "serviceCertificates"
  | "sts"
  /** What a workload shows elsewhere: see {@link Emulator.externalAccount}. */
  | "subjectToken"
  | "iamCredentials"
  /** The metadata server, on a port of its own. */
  | "metadata"
  | "drive"
  | "calendar"
  | "sqladmin"
  | "storage"
  | "picture"
  | "other";
