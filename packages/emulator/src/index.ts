export { startEmulator } from "./emulator/start-emulator.ts";
export { type Emulator, type EmulatorMetadata } from "./emulator/emulator.ts";
export type { EmulatorApis, EmulatorEndpoints } from "./protocol/addresses.ts";
export type { EmulatorInstance } from "./options/instance.ts";
export type { AwsKey, EmulatorWorkloadProvider } from "./options/workload-provider.ts";
export type { ExternalAccountFile, ExternalAccountOptions } from "./control/external-account.ts";
export type { CallbackExtras, EmulatorOptions } from "./options/options.ts";
export type { EmulatorUser } from "./options/user.ts";
export type { EmulatorClient } from "./options/client.ts";
export type {
  EmulatorDelegation,
  EmulatorServiceAccount,
  EmulatorServiceAccountKey,
} from "./options/service-account.ts";
export type { ServiceAccountHandle } from "./control/service-account-handle.ts";
export type { ServiceAccountKeyFile } from "./control/key-file.ts";
export type { EmulatorClock } from "./state/clock.ts";
export type { GrantSummary } from "./state/grants.ts";
export type { Exchange } from "./http/exchange.ts";
export type { Endpoint } from "./protocol/endpoint.ts";
export type { Fault, FaultHandle, Faults, ForgedIdToken } from "./server/faults.ts";
export type { LoggedRequest, RequestLog } from "./server/request-log.ts";
export type { JsonObject, SignOptions } from "./signing/jwt.ts";
export type { ApproveOptions, EmulatorBrowser } from "./browser/emulator-browser.ts";
export { AuthorizationPageError } from "./browser/sign-in-page.ts";
