import { readFile } from "node:fs/promises";
import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpResponse } from "../google/http-attempt.ts";
import { attemptRequest } from "../google/http-attempt.ts";
import type { HttpClient } from "../google/http-client.ts";
import type { Environment } from "./options.ts";

const FLAVOR = "Google";
const HEADERS = { "metadata-flavor": FLAVOR } as const;
/** The name, which names services of their own (GKE) too, and the address, which needs no DNS. */
const BY_NAME = "http://metadata.google.internal";
const BY_ADDRESS = "http://169.254.169.254";
/** Milliseconds that detection waits: it answers within one or two where it is there, and everybody else is waiting. */
const DETECTION_TIMEOUT = 1_000;

const DETECTIONS = ["assume-present", "none", "bios-only", "ping-only"] as const;
/** Variables that App Engine, Cloud Run and Functions set. */
const PLATFORM_VARIABLES = ["GAE_SERVICE", "K_SERVICE", "FUNCTION_NAME", "CLOUD_RUN_JOB"] as const;

/** What stands in a virtual machine's firmware tables. */
const FIRMWARE = "/sys/class/dmi/id/product_name";

/** The server that tells a machine on Google Cloud who it is: https://cloud.google.com/compute/docs/metadata. */
export class MetadataServer {
  readonly #request: HttpClient;
  readonly #env: Environment;
  readonly #origin: string;
  readonly #isNamed: boolean;
  #present: Promise<boolean> | undefined;

  constructor(request: HttpClient, env: Environment) {
    const host = env["GCE_METADATA_HOST"] || env["GCE_METADATA_IP"];
    this.#request = request;
    this.#env = env;
    this.#isNamed = Boolean(host);
    this.#origin = host ? originOf(host) : BY_NAME;
    detectionOf(env);
  }

  /**
   * The text at a path below `/computeMetadata/v1/`.
   * @returns `undefined` where the server has nothing there
   * @throws AuthError `metadata_unavailable`, `metadata_refused`
   */
  async read(path: string): Promise<string | undefined> {
    const url = `${this.#origin}/computeMetadata/v1/${path}`;
    let answer: HttpResponse;
    try {
      answer = await this.#request({ url, headers: HEADERS, replay: "safe" });
    } catch (error) {
      const code = error instanceof AuthError && error.code === "invalid_response" ? "refused" : "unavailable";
      throw new AuthError(`metadata_${code}`, { detail: (error as Error).message, cause: error });
    }
    // Whatever else answers at this address must not be believed, and has not been asked for anything secret.
    if (answer.header("metadata-flavor") !== FLAVOR) {
      throw new AuthError("metadata_refused", {
        detail: `HTTP ${answer.status} of ${new URL(url).host} has no header Metadata-Flavor: Google`,
      });
    }
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new AuthError("metadata_refused", describeRefusal(answer.status, answer.body));
    return answer.body;
  }

  /** Whether there is one, as `METADATA_SERVER_DETECTION` says to find out. A "no" is not kept: it may be starting. */
  async isPresent(): Promise<boolean> {
    this.#present ??= this.#detect().then((present) => {
      if (!present) this.#present = undefined;
      return present;
    });
    return this.#present;
  }

  async #detect(): Promise<boolean> {
    const detection = detectionOf(this.#env);
    if (detection === "assume-present") return true;
    if (detection === "none") return false;
    if (detection === "bios-only") return isGoogleHardware();
    if (detection === undefined) {
      if (this.#isNamed || PLATFORM_VARIABLES.some((name) => this.#env[name])) return true;
      if (await isGoogleHardware()) return true;
    }
    return anyOf((this.#isNamed ? [this.#origin] : [BY_ADDRESS, BY_NAME]).map(answersAsGoogle));
  }
}

async function answersAsGoogle(origin: string): Promise<boolean> {
  const limits = { dispatcher: "direct", timeout: DETECTION_TIMEOUT, signal: undefined } as const;
  try {
    const answer = await attemptRequest({ url: `${origin}/computeMetadata/v1/instance/`, headers: HEADERS }, limits);
    return answer.header("metadata-flavor") === FLAVOR;
  } catch {
    return false;
  }
}

/** Whether any becomes true; the first that does decides. */
async function anyOf(questions: readonly Promise<boolean>[]): Promise<boolean> {
  const refuted = questions.map(async (question) => {
    if (!(await question)) throw new Error("no");
    return true;
  });
  return Promise.any(refuted).catch(() => false);
}

async function isGoogleHardware(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const name = await readFile(FIRMWARE, "utf8").catch(() => "");
  return /^Google( Compute Engine)?$/.test(name.trim());
}

function detectionOf(env: Environment): (typeof DETECTIONS)[number] | undefined {
  const value = env["METADATA_SERVER_DETECTION"]?.trim().toLowerCase();
  if (!value) return undefined;
  const detection = DETECTIONS.find((known) => known === value);
  if (detection === undefined)
    throw new TypeError(
      `METADATA_SERVER_DETECTION must be one of ${DETECTIONS.join(", ")}, not ${JSON.stringify(value)}`,
    );
  return detection;
}

function originOf(host: string): string {
  const address = /^https?:\/\//.test(host) ? host.replace(/\/+$/, "") : `http://${host}`;
  // Nothing but a host, however it is spelt: what is left of the address once it is read is its origin.
  if (!/^https?:\/\/[^/?#\\@\s]+$/.test(address) || !URL.canParse(address)) {
    throw new TypeError("GCE_METADATA_HOST must be a host, with its port if it has one: metadata.google.internal");
  }
  return new URL(address).origin;
}
