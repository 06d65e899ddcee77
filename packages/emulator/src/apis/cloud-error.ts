import { type HttpResponse, json } from "../http/responses.ts";

/** An error of a Google Cloud API, in the form of its error model (`google.rpc.Status`). */
export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly #code: number;
  readonly #status: string;
  readonly #details: readonly object[];

  constructor(code: number, status: string, message: string, details: readonly object[] = []) {
    super(message);
    this.#code = code;
    this.#status = status;
    this.#details = details;
  }

  toResponse(): HttpResponse {
    const { message } = this;
    const details = this.#details.length > 0 ? { details: this.#details } : {};
    return json(this.#code, { error: { code: this.#code, message, status: this.#status, ...details } });
  }
}

export function permissionDenied(permission: string): CloudError {
  return new CloudError(
    403,
    "PERMISSION_DENIED",
    `Permission '${permission}' denied on resource (or it may not exist).`,
    [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "IAM_PERMISSION_DENIED",
        domain: "iam.googleapis.com",
        metadata: { permission },
      },
    ],
  );
}
