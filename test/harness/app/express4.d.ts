/** Express 4 under an alias. It has the types of Express 5, and the tests use only what both versions have. */
declare module "express4" {
  export { default } from "express";
}
