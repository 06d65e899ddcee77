import { readFile } from "node:fs/promises";
import { attemptRequest } from "../google/http-attempt.ts";
import type { Environment } from "./options.ts";

/** The header that requests and responses of the metadata server carry: https://cloud.google.com/compute/docs/metadata */
export const METADATA_HEADER = { name: "metadata-flavor", value: "Google" } as const;

/** The default host name. On Kubernetes Engine it leads to a server of its own. */
export const ORIGIN_BY_NAME = "http://metadata.google.internal";
/** The default address, which needs no DNS. */
const ORIGIN_BY_ADDRESS = "http://169.254.169.254";

/** Milliseconds that detection waits. A real server responds within a few; without one, every caller waits this long. */
const DETECTION_TIMEOUT = 1_000;

const DETECTION_MODES = ["assume-present", "none", "bios-only", "ping-only"] as const;
/** How to find out whether there is a metadata server: the values of `METADATA_SERVER_DETECTION`. */
export type DetectionMode = (typeof DETECTION_MODES)[number];

/** Environment variables that App Engine, Cloud Run and Functions set. */
const PLATFORM_VARIABLES = ["GAE_SERVICE", "K_SERVICE", "FUNCTION_NAME", "CLOUD_RUN_JOB"] as const;

/** The product name in a virtual machine's firmware tables, on Linux. */
const FIRMWARE_FILE = "/sys/class/dmi/id/product_name";

/** Where to look for a metadata server, and how. */
export interface Detection {
  readonly env: Environment;
  /** `undefined`: the variables of the platform, then the firmware, then a request. */
  readonly mode: DetectionMode | undefined;
  /** The server that the environment names. */
  readonly namedOrigin: string | undefined;
}

/** Finds out whether this machine has a metadata server. */
export async function detectMetadataServer({ env, mode, namedOrigin }: Detection): Promise<boolean> {
  if (mode === "assume-present") return true;
  if (mode === "none") return false;
  if (mode === "bios-only") return isGoogleHardware();
  if (mode === undefined) {
    if (namedOrigin !== undefined || PLATFORM_VARIABLES.some((name) => env[name])) return true;
    if (await isGoogleHardware()) return true;
  }
  const origins = namedOrigin === undefined ? [ORIGIN_BY_ADDRESS, ORIGIN_BY_NAME] : [namedOrigin];
  return isAnyTrue(origins.map(respondsAsGoogle));
}

/** @throws TypeError for a value that is no mode */
export function parseDetectionMode(env: Environment, caller: string): DetectionMode | undefined {
  const value = env["METADATA_SERVER_DETECTION"]?.trim().toLowerCase();
  if (!value) return undefined;
  const mode = DETECTION_MODES.find((known) => known === value);
  if (mode !== undefined) return mode;
  throw new TypeError(
    `${caller}: METADATA_SERVER_DETECTION must be one of ${DETECTION_MODES.join(", ")}, not ${JSON.stringify(value)}; correct or unset the variable`,
  );
}

async function respondsAsGoogle(origin: string): Promise<boolean> {
  const headers = { [METADATA_HEADER.name]: METADATA_HEADER.value };
  const limits = { dispatcher: "direct", timeout: DETECTION_TIMEOUT, signal: undefined } as const;
  try {
    const response = await attemptRequest({ url: `${origin}/computeMetadata/v1/instance/`, headers }, limits);
    return response.header(METADATA_HEADER.name) === METADATA_HEADER.value;
  } catch {
    return false;
  }
}

/** Resolves to `true` as soon as one of the promises does, and to `false` once none of them did. */
async function isAnyTrue(promises: readonly Promise<boolean>[]): Promise<boolean> {
  const rejectedIfFalse = promises.map(async (promise) => {
    if (!(await promise)) throw new Error("false");
    return true;
  });
  return Promise.any(rejectedIfFalse).catch(() => false);
}

async function isGoogleHardware(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const name = await readFile(FIRMWARE_FILE, "utf8").catch(() => "");
  return /^Google( Compute Engine)?$/.test(name.trim());
}
