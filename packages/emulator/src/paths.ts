/** Where everything is, below the emulator's origin. Google's own paths, on one host. */
export const paths = {
  home: "/",
  discovery: "/.well-known/openid-configuration",
  authorization: "/o/oauth2/v2/auth",
  accounts: "/signin/accounts",
  choice: "/signin/choice",
  consent: "/signin/consent",
  decision: "/signin/decision",
  token: "/token",
  revocation: "/revoke",
  tokeninfo: "/tokeninfo",
  userinfo: "/v1/userinfo",
  jwks: "/oauth2/v3/certs",
  certificates: "/oauth2/v1/certs",
  drive: "/drive/v3",
  calendar: "/calendar/v3",
  pictures: "/pictures",
} as const;
