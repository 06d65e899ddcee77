/** The name of an endpoint in the request log and in a {@link Fault}. */
export type Endpoint =
  | "home"
  | "discovery"
  | "authorization"
  /** The account chooser. */
  | "accounts"
  /** The user chose an account. */
  | "choice"
  /** The consent page. */
  | "consent"
  /** The user submitted the consent page. */
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
  /** The address where a workload outside Google Cloud reads its own token: see {@link Emulator.externalAccount}. */
  | "subjectToken"
  | "iamCredentials"
  /** The metadata server, which has its own port. */
  | "metadata"
  | "drive"
  | "calendar"
  | "sqladmin"
  | "storage"
  | "picture"
  | "other";
