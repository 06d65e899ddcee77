import { paths } from "./paths.ts";

/**
 * The addresses of Google's endpoints on the emulator. The option `endpoints` of `googleOAuth()` accepts this object.
 */
export interface EmulatorEndpoints {
  /** The origin, which is the `iss` of every ID token. */
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string;
  readonly jwks: string;
  readonly userinfo: string;
  /** The Security Token Service. It replaces `https://sts.googleapis.com/v1/token`. */
  readonly sts: string;
  /** The IAM Credentials API, including its version. It replaces `https://iamcredentials.googleapis.com/v1`. */
  readonly iamCredentials: string;
}

/** The base addresses of the emulated APIs. */
export interface EmulatorApis {
  /** Replaces `https://www.googleapis.com/drive/v3`. */
  readonly drive: string;
  /** Replaces `https://www.googleapis.com/calendar/v3`. */
  readonly calendar: string;
  /** Replaces `https://sqladmin.googleapis.com/sql/v1beta4`. */
  readonly sqladmin: string;
  /** Replaces `https://storage.googleapis.com/storage/v1`. */
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
