/** The machine that the metadata server tells about. */
export interface EmulatorInstance {
  /** Default 0: a free port. */
  readonly port?: number;
  /** The account that is attached to it, by e-mail address. Default: the first; `null`: none. */
  readonly serviceAccount?: string | null;
  /**
   * The access scopes, which are fixed when a machine of Compute Engine is made. Default: all of Google
   * Cloud, and the e-mail address. `"any"`: whatever is asked for, as on Cloud Run.
   */
  readonly scopes?: readonly string[] | "any";
  /** Default: the account's project. */
  readonly projectId?: string;
  /** Default 123456789012. */
  readonly numericProjectId?: number;
}
