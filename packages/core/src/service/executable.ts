import { execFile } from "node:child_process";
import type { ExecFileException } from "node:child_process";
import { parseObject } from "../google/untrusted-text.ts";
import { optionalText, partOf, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import type { Environment } from "./options.ts";
import { readTokenFile, unavailable } from "./subject-token.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";

/** A configuration may name any command: running it must have been allowed where it runs. */
const SWITCH = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
/** Milliseconds. */
const TIMEOUT = { default: 30_000, min: 5_000, max: 120_000 } as const;
const MAX_OUTPUT = 64 * 1_024;
const VERSION = 1;

const TOKEN_FIELDS: Readonly<Record<string, string>> = {
  "urn:ietf:params:oauth:token-type:saml2": "saml_response",
  "urn:ietf:params:oauth:token-type:id_token": "id_token",
  "urn:ietf:params:oauth:token-type:jwt": "id_token",
};

/** What running a command for tokens needs to know. */
interface ExecutableParts {
  readonly env: Environment;
  readonly now: () => number;
  /** The service account that is impersonated with the result. */
  readonly email: string | undefined;
}

/**
 * Tokens that a command prints (https://google.aip.dev/auth/4117). It runs without a shell, and only with its switch set.
 * @throws TypeError for a configuration that makes no sense
 */
export function tokenFromExecutable(source: CredentialsFile, parts: ExecutableParts): SubjectTokenSupplier {
  const executable = partOf(source, "executable");
  const [command, ...args] = wordsOf(requiredText(executable, "command"));
  if (!command || [command, ...args].some((word) => word.includes("\0")))
    throw new TypeError(`${executable.origin}: command is not a command`);
  const output = optionalText(executable, "output_file");
  const { timeout_millis: timeout = TIMEOUT.default } = executable.content;
  if (typeof timeout !== "number" || !(timeout >= TIMEOUT.min && timeout <= TIMEOUT.max))
    throw new TypeError(`${executable.origin}: timeout_millis must be ${TIMEOUT.min} to ${TIMEOUT.max}`);

  return async ({ audience, subjectTokenType }) => {
    if (parts.env[SWITCH] !== "1") {
      throw unavailable(`the configuration wants to run a command; set ${SWITCH}=1 if you trust it`);
    }
    const kept = output === undefined ? undefined : await readTokenFile(output).catch(() => undefined);
    const keptToken = kept?.trim() ? tokenIn(kept, parts.now(), { mayBeOver: true, needsEnd: true }) : undefined;
    if (keptToken !== undefined) return keptToken;
    const variables = {
      GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: audience,
      GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: subjectTokenType,
      GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: "0",
      ...(parts.email !== undefined && { GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: parts.email }),
      ...(output !== undefined && { GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: output }),
    };
    const printed = await run(command, args, { ...parts.env, ...variables }, timeout);
    return tokenIn(printed, parts.now(), { mayBeOver: false, needsEnd: output !== undefined })!;
  };
}

/** Nothing that the command prints reaches an error: it prints tokens. */
function run(command: string, args: readonly string[], env: Environment, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout, maxBuffer: MAX_OUTPUT, killSignal: "SIGKILL" } as const;
    execFile(command, args, { env, ...limits, encoding: "utf8" }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(unavailable(`the command ${JSON.stringify(command)} ${whyFailed(error, timeout)}`));
    }).stdin?.end();
  });
}

function whyFailed({ code, killed, signal }: ExecFileException, timeout: number): string {
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `printed more than ${MAX_OUTPUT} bytes`;
  return killed ? `did not end within ${timeout} ms` : `failed with ${String(code ?? signal)}`;
}

/** Words between spaces; quotation marks keep spaces together. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/**
 * The token in a response of AIP-4117.
 * @returns `undefined` for one that is over or says failure, where it `mayBeOver`
 */
function tokenIn(
  text: string,
  now: number,
  { mayBeOver, needsEnd }: { readonly mayBeOver: boolean; readonly needsEnd: boolean },
): string | undefined {
  const response = parseObject(text);
  if (response === undefined) throw unavailable("the command's response is not a JSON object");
  const { version, success, token_type: type, expiration_time: end, code } = response;
  if (version !== VERSION) throw unavailable(`the command's response is not of version ${VERSION}`);
  if (success !== true) {
    if (mayBeOver) return undefined;
    const shown = typeof code === "string" && /^[\w.-]{1,40}$/.test(code) ? ` (${code})` : "";
    throw unavailable(`the command says that it failed${shown}`);
  }
  if (needsEnd && typeof end !== "number")
    throw unavailable("the command's response has no expiration_time, which output_file demands");
  if (typeof end === "number" && end * 1_000 <= now) {
    if (mayBeOver) return undefined;
    throw unavailable("the command's response has expired");
  }
  const token = response[TOKEN_FIELDS[String(type)] ?? ""];
  if (typeof token !== "string" || token === "") throw unavailable("the command's response holds no token of its type");
  return token;
}
