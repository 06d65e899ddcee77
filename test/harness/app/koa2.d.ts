/** Koa 2 under an alias. It has the types of Koa 3, and the tests use only what both versions have. */
declare module "koa2" {
  export { default } from "koa";
}
