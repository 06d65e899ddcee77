import { paths } from "./paths.ts";

/** The addresses a client needs; the option `endpoints` of `googleOAuth()` takes them as they are. */
export interface EmulatorEndpoints {
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string;
  readonly jwks: string;
  readonly userinfo: string;
  /** The Security Token Service, in place of `https://sts.googleapis.com/v1/token`. */
  readonly sts: string;
  /** The IAM Credentials API down to its version, in place of `https://iamcredentials.googleapis.com/v1`. */
  readonly iamCredentials: string;
}

/** Base addresses of the API stubs, in place of `https://www.googleapis.com/drive/v3` and so on. */
export interface EmulatorApis {
  readonly drive: string;
  readonly calendar: string;
  readonly sqladmin: string;
  readonly storage: string;
}

export function endpointsAt(url: string): EmulatorEndpoints {
  return Object.freeze({
    issuer: url,
    authorization: url + paths.authorization,
    token: url + paths.token,
    revocation: url + paths.revocation,
    jwks: url + paths.jwks,
    userinfo: url + paths.userinfo,
    sts: url + paths.sts,
    iamCredentials: `${url}/v1`,
  });
}

export function apisAt(url: string): EmulatorApis {
  return Object.freeze({
    drive: url + paths.drive,
    calendar: url + paths.calendar,
    sqladmin: url + paths.sqladmin,
    storage: url + paths.storage,
  });
}
