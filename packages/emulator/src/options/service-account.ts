/**
 * Scopes that a Workspace administrator delegates to a service account in the Admin console ("Domain-wide delegation").
 */
export interface EmulatorDelegation {
  /** The delegated scopes. Each requested scope must be listed literally: a wide scope does not cover a narrow one. */
  readonly scopes: readonly string[];
  /** The Workspace domain of the administrator. Default: every Workspace domain. */
  readonly domain?: string;
  /**
   * The client ID that the administrator entered. Default: the account's numeric ID, which is correct. Set it to the
   * account's e-mail address to emulate an administrator's usual mistake.
   */
  readonly client?: string;
}

/**
 * A service account, as you would create it under "IAM & Admin" in the Google Cloud console.
 *
 * @example
 * ```ts
 * const robot: EmulatorServiceAccount = {
 *   email: "robot@my-project.iam.gserviceaccount.com",
 *   delegation: [{ scopes: ["https://www.googleapis.com/auth/calendar.readonly"] }],
 * };
 * ```
 */
export interface EmulatorServiceAccount {
  /** The e-mail address, of the form `NAME@PROJECT.iam.gserviceaccount.com`. */
  readonly email: string;
  /** Default: the project in the e-mail address. */
  readonly projectId?: string;
  /**
   * The numeric ID, which Google calls client ID or unique ID. Digits only. Default: a number derived from the e-mail
   * address, so it is the same at every start.
   */
  readonly clientId?: string;
  /** Your own keys. Default: the emulator generates a key when a key file is first requested. */
  readonly keys?: readonly EmulatorServiceAccountKey[];
  /** The scopes that the account may use for Workspace users. Default: none. */
  readonly delegation?: readonly EmulatorDelegation[];
  /**
   * The only Workspace domain whose users the account may act for. Other users get `org_internal`. Default: any domain.
   */
  readonly organization?: string;
  /**
   * The members that may create tokens and signatures of this account: `serviceAccount:EMAIL`, `user:EMAIL`,
   * `principal://…/subject/SUBJECT` or `principalSet://…/*`, as in an IAM policy. Default: none.
   */
  readonly tokenCreators?: readonly string[];
  /**
   * Whether the IAM Credentials API may issue access tokens of up to twelve hours. Google allows this by an
   * organization policy. Default `false`: one hour.
   */
  readonly extendedLifetime?: boolean;
  /** Default `"active"`. A disabled account gets `disabled_client`, and its access tokens are rejected. */
  readonly status?: "active" | "disabled";
}

/** A key pair of your own, which Google calls an uploaded key. */
export interface EmulatorServiceAccountKey {
  /** The RSA private key, as PEM. */
  readonly privateKey: string;
  /** The key ID. Default: forty hexadecimal digits derived from the key. */
  readonly id?: string;
}

export const defaultServiceAccounts: readonly EmulatorServiceAccount[] = [
  { email: "robot@scopegate-local.iam.gserviceaccount.com" },
];

/** @throws `TypeError` if the e-mail address or the numeric ID is invalid. */
export function checkServiceAccount({ email, clientId }: EmulatorServiceAccount): void {
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) {
    throw new TypeError(
      `"email" of a service account must be an address such as NAME@PROJECT.iam.gserviceaccount.com, not "${email}"`,
    );
  }
  if (clientId !== undefined && !/^\d+$/.test(clientId)) {
    throw new TypeError(`"clientId" of a service account must contain digits only, not "${clientId}"`);
  }
}
