// Tokens of the app itself, as `@scopegate/core/service` has them: an app needs no package besides its adapter.
export {
  applicationDefault,
  computeEngine,
  downscoped,
  externalAccount,
  impersonated,
  serviceAccount,
} from "@scopegate/core/service";
export type {
  AccessBoundaryRule,
  AccessTokenOptions,
  ApplicationDefaultOptions,
  ComputeEngineOptions,
  DownscopedOptions,
  Environment,
  ExternalAccountOptions,
  ImpersonatedOptions,
  ServiceAccountKeyFile,
  ServiceAccountOptions,
  ServiceEndpoints,
  SignedBlob,
  SourceOptions,
  SubjectTokenContext,
  SubjectTokenSupplier,
  TokenSource,
} from "@scopegate/core/service";
