import { execFile } from "node:child_process";
import type { ExecFileException } from "node:child_process";
import { parseObject } from "../google/untrusted-text.ts";
import { describeField, optionalText, requiredObject, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import type { Environment } from "./options.ts";
import { readTokenFile, unavailable } from "./subject-token.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";

/** A configuration may name any command. This environment variable must allow commands on the machine that runs them. */
const ALLOW_VARIABLE = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
/** Milliseconds. */
const TIMEOUT = { default: 30_000, min: 5_000, max: 120_000 } as const;
const MAX_OUTPUT_BYTES = 64 * 1_024;
/** The version of the response format that this code reads. */
const RESPONSE_VERSION = 1;

/** The field of the response that holds the token, by the type of the token. */
const TOKEN_FIELDS: Readonly<Record<string, string>> = {
  "urn:ietf:params:oauth:token-type:saml2": "saml_response",
  "urn:ietf:params:oauth:token-type:id_token": "id_token",
  "urn:ietf:params:oauth:token-type:jwt": "id_token",
};

/** The data that a command needs in addition to its configuration. */
interface ExecutableContext {
  readonly env: Environment;
  readonly now: () => number;
  /** The service account that is impersonated with the token. */
  readonly email: string | undefined;
}

/**
 * Runs a command that prints a token (https://google.aip.dev/auth/4117). It runs without a shell. If the configuration
 * has an `output_file` that contains a token which has not expired, the command does not run.
 * @throws TypeError for a configuration that cannot be used
 */
export function supplierFromExecutable(source: CredentialsFile, context: ExecutableContext): SubjectTokenSupplier {
  const executable = requiredObject(source, "executable");
  const [command, ...args] = splitCommand(requiredText(executable, "command"));
  if (!command || [command, ...args].some((word) => word.includes("\0")))
    throw new TypeError(
      `${describeField(executable, "command")} must be a command and its arguments, with spaces between`,
    );
  const outputFile = optionalText(executable, "output_file");
  const { timeout_millis: timeout = TIMEOUT.default } = executable.content;
  if (typeof timeout !== "number" || !(timeout >= TIMEOUT.min && timeout <= TIMEOUT.max)) {
    throw new TypeError(
      `${describeField(executable, "timeout_millis")} must be a number of milliseconds from ${TIMEOUT.min} to ${TIMEOUT.max}`,
    );
  }

  return async ({ audience, subjectTokenType }) => {
    if (context.env[ALLOW_VARIABLE] !== "1") {
      throw unavailable(`the configuration names a command; set ${ALLOW_VARIABLE}=1 if you trust it`);
    }
    const storedToken = outputFile === undefined ? undefined : await readOutputFile(outputFile, context.now());
    if (storedToken !== undefined) return storedToken;
    const variables = {
      GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: audience,
      GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: subjectTokenType,
      GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: "0",
      ...(context.email !== undefined && { GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: context.email }),
      ...(outputFile !== undefined && { GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: outputFile }),
    };
    const output = await runCommand(command, args, { ...context.env, ...variables }, timeout);
    return readToken(parseResponse(output), context.now(), { needsExpiration: outputFile !== undefined });
  };
}

/** Returns the token of an earlier run, or `undefined` if that token cannot be used any more. */
async function readOutputFile(path: string, now: number): Promise<string | undefined> {
  const text = await readTokenFile(path).catch(() => "");
  if (text.trim() === "") return undefined;
  const response = parseResponse(text);
  const isUsable = response["success"] === true && !hasExpired(response, now);
  return isUsable ? readToken(response, now, { needsExpiration: true }) : undefined;
}

/** No output of the command reaches an error: it contains tokens. */
function runCommand(command: string, args: readonly string[], env: Environment, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout, maxBuffer: MAX_OUTPUT_BYTES, killSignal: "SIGKILL" } as const;
    execFile(command, args, { env, ...limits, encoding: "utf8" }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(unavailable(`the command ${JSON.stringify(command)} ${describeFailure(error, timeout)}`));
    }).stdin?.end();
  });
}

function describeFailure({ code, killed, signal }: ExecFileException, timeout: number): string {
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `printed more than ${MAX_OUTPUT_BYTES} bytes`;
  return killed ? `did not end within ${timeout} ms` : `failed with ${String(code ?? signal)}`;
}

/** Splits a command at its spaces. Words in double quotation marks may contain spaces. */
function splitCommand(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

type ExecutableResponse = Readonly<Record<string, unknown>>;

/** Parses a response in the format of AIP-4117. */
function parseResponse(text: string): ExecutableResponse {
  const response = parseObject(text);
  if (response === undefined) throw unavailable("the command's response is not a JSON object");
  if (response["version"] !== RESPONSE_VERSION)
    throw unavailable(`\`version\` of the command's response is not ${RESPONSE_VERSION}`);
  return response;
}

/** `expiration_time` is in seconds since the epoch. */
function hasExpired({ expiration_time: expiration }: ExecutableResponse, now: number): boolean {
  return typeof expiration === "number" && expiration * 1_000 <= now;
}

function readToken(
  response: ExecutableResponse,
  now: number,
  { needsExpiration }: { readonly needsExpiration: boolean },
): string {
  const { success, token_type: type, expiration_time: expiration, code } = response;
  if (success !== true) {
    const shownCode = typeof code === "string" && /^[\w.-]{1,40}$/.test(code) ? ` (code ${code})` : "";
    throw unavailable(`the command's response reports a failure${shownCode}`);
  }
  if (needsExpiration && typeof expiration !== "number")
    throw unavailable("the command's response has no `expiration_time`, which `output_file` requires");
  if (hasExpired(response, now)) throw unavailable("the token in the command's response has expired");
  const token = response[TOKEN_FIELDS[String(type)] ?? ""];
  if (typeof token === "string" && token !== "") return token;
  throw unavailable("the command's response has no token for its `token_type`");
}
