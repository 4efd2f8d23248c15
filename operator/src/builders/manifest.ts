/**
 * The shape of API objects as plain data. client-node's types are classes; ours are written to the API server as they
 * stand, so nothing may depend on a prototype.
 */

/**
 * `T` of client-node without its class, at all depths. Read-only: an intent is never changed after it was built.
 * An optional field may be undefined, which is not sent.
 */
export type Manifest<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Manifest<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: object extends Pick<T, Key> ? Manifest<T[Key]> | undefined : Manifest<T[Key]> }
      : T;
