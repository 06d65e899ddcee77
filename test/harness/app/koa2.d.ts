/** Koa 2 under an alias: typed as Koa 3, of which the tests use only what both have. */
declare module "koa2" {
  export { default } from "koa";
}
