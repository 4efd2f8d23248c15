/**
 * Kubernetes quantities (`500m`, `128Mi`, `2`) as exact numbers. Pure, and part of the API, because schemas, decisions,
 * builders and the kube layer all compare them by value.
 */

/** A quantity as it stands in an object: a string, or a bare integer. */
export type Quantity = string | number;

const suffixes: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 10n ** 9n * 2n ** 10n,
  Mi: 10n ** 9n * 2n ** 20n,
  Gi: 10n ** 9n * 2n ** 30n,
  Ti: 10n ** 9n * 2n ** 40n,
  Pi: 10n ** 9n * 2n ** 50n,
  Ei: 10n ** 9n * 2n ** 60n,
};
const nanosPerUnit = 10n ** 9n;

/**
 * The value in billionths of the unit (bytes, cores), rounded away from zero as Kubernetes does; undefined when `quantity`
 * is none.
 */
export function parseQuantity(quantity: Quantity): bigint | undefined {
  const match = /^([+-]?)([0-9]+)?(?:\.([0-9]*))?(?:([eE][+-]?[0-9]{1,3})|([numkMGTPE]|[KMGTPE]i))?$/.exec(
    String(quantity),
  );
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const scale = suffixes[suffix];
  if (scale === undefined) return undefined;
  const power = Number(exponent?.slice(1) ?? 0) - fraction.length;
  const digits = BigInt(whole + fraction) * scale;
  const magnitude = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power));
  return sign === '-' ? -magnitude : magnitude;
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. Throws when one is no quantity. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const difference = nanosOf(a) - nanosOf(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The value in bytes, rounded up. Throws when `quantity` is none. */
export function bytesOf(quantity: Quantity): number {
  return Number(divideUp(nanosOf(quantity), nanosPerUnit));
}

function nanosOf(quantity: Quantity): bigint {
  const value = parseQuantity(quantity);
  if (value === undefined) throw new Error(`'${quantity}' is not a quantity, such as '512Mi', '500m' or '2'`);
  return value;
}

function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && quotient * divisor !== value ? quotient + 1n : quotient;
}
