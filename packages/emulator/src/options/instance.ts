/**
 * The machine that the metadata server describes.
 *
 * @example
 * ```ts
 * const google = await startEmulator({ instance: { scopes: "any" } }); // as on Cloud Run
 * process.env.GCE_METADATA_HOST = google.metadata.host;
 * ```
 */
export interface EmulatorInstance {
  /** The port of the metadata server, from 0 to 65535. Default 0: a free port. */
  readonly port?: number;
  /** The e-mail address of the attached service account. Default: the first one. `null`: no account is attached. */
  readonly serviceAccount?: string | null;
  /**
   * The access scopes. On Compute Engine, they are fixed when the machine is created. Default: all of Google Cloud, and
   * the e-mail address. `"any"`: a token may have any scopes that the app requests, as on Cloud Run.
   */
  readonly scopes?: readonly string[] | "any";
  /** Default: the project of the attached account. */
  readonly projectId?: string;
  /** The project number. Default 123456789012. */
  readonly numericProjectId?: number;
}
