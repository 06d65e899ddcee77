/** Scopes that a Workspace administrator delegates in the Admin console, under "Domain-wide delegation". */
export interface EmulatorDelegation {
  readonly scopes: readonly string[];
  /** The Workspace domain whose administrator it is. Default: every one. */
  readonly domain?: string;
  /**
   * What the administrator typed in as the client ID. Default: the account's numeric ID, which is
   * right. The account's e-mail address is the usual mistake.
   */
  readonly client?: string;
}

/** A service account, as it would be made under "IAM & Admin". */
export interface EmulatorServiceAccount {
  /** `NAME@PROJECT.iam.gserviceaccount.com` */
  readonly email: string;
  /** Default: the project that the e-mail address names. */
  readonly projectId?: string;
  /** The numeric ID, which Google calls the client ID or unique ID. Default: made of the e-mail address. */
  readonly clientId?: string;
  /** Keys of your own. Without one, the first key file that is asked for makes one. */
  readonly keys?: readonly EmulatorServiceAccountKey[];
  /** Which scopes it may use in the name of Workspace users. Default: none. */
  readonly delegation?: readonly EmulatorDelegation[];
  /** Limits delegation to users of this Workspace domain: for anybody else it is `org_internal`. */
  readonly organization?: string;
  /**
   * Who may make tokens and signatures of it: `serviceAccount:EMAIL`, `user:EMAIL`, `principal://…`
   * or `principalSet://…/*`, as in an IAM policy. Default: nobody.
   */
  readonly tokenCreators?: readonly string[];
  /** Access tokens may be asked to live up to twelve hours, which takes a policy of the organization. */
  readonly extendedLifetime?: boolean;
  readonly status?: "active" | "disabled";
}

/** A key that was made elsewhere and uploaded. */
export interface EmulatorServiceAccountKey {
  /** RSA, as PEM. */
  readonly privateKey: string;
  /** Default: forty hexadecimal digits made of the key. */
  readonly id?: string;
}

export const defaultServiceAccounts: readonly EmulatorServiceAccount[] = [
  { email: "robot@scopegate-local.iam.gserviceaccount.com" },
];

/** @throws `TypeError` for an address or a numeric ID that no service account can have. */
export function checkServiceAccount(account: EmulatorServiceAccount): void {
  if (!/^[^@\s]+@[^@\s]+$/.test(account.email)) {
    throw new TypeError(`"email" must be an address such as NAME@PROJECT.iam.gserviceaccount.com`);
  }
  if (account.clientId !== undefined && !/^\d+$/.test(account.clientId)) {
    throw new TypeError('"clientId" of a service account must be digits');
  }
}
