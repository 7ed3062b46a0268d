/** The window of the hash: this many characters from the line's start on, blanks not counted. */
const BLOCK = 100;
const TWO_32 = 2 ** 32;
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const END = 65_535;

/** 37^BLOCK modulo 2^64, in two halves: the weight of the character that leaves the window. */
const [WEIGHT_HIGH, WEIGHT_LOW] = halves(37n ** BigInt(BLOCK) % 2n ** 64n);

function halves(value: bigint): readonly [number, number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)];
}

/**
 * GitHub's `primaryLocationLineHash` of every line: a rolling hash over what follows the line's start, and how often it came before.
 * Source: github/codeql-action, src/fingerprints.ts. 64-bit arithmetic by halves, since files may be large.
 */
export function lineHashes(text: string): readonly string[] {
  const window = new Uint16Array(BLOCK);
  const lineAt = new Int32Array(BLOCK).fill(-1);
  const counts = new Map<string, number>();
  const hashes: string[] = [];
  let high = 0;
  let low = 0;
  let index = 0;
  let lines = 0;
  let startsLine = true;
  let afterCr = false;

  const output = (): void => {
    const hash = high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
    const count = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, count);
    hashes[lineAt[index] ?? 0] = `${hash}:${count}`;
    lineAt[index] = -1;
  };
  const roll = (current: number): void => {
    const leaving = window[index] ?? 0;
    window[index] = current;
    const newLow = low * 37 + current - leaving * WEIGHT_LOW;
    const carry = Math.floor(newLow / TWO_32);
    low = newLow - carry * TWO_32;
    high = (Math.imul(high, 37) + carry - Math.imul(leaving, WEIGHT_HIGH)) >>> 0;
    index = index === BLOCK - 1 ? 0 : index + 1;
  };
  const take = (code: number): void => {
    if (code === SPACE || code === TAB || (afterCr && code === LF)) {
      afterCr = false;
      return;
    }
    afterCr = code === CR;
    const current = afterCr ? LF : code;
    if (lineAt[index] !== -1) output();
    if (startsLine) lineAt[index] = lines++;
    startsLine = current === LF;
    roll(current);
  };

  for (let i = 0; i < text.length; i++) take(text.charCodeAt(i));
  take(END);
  for (let i = 0; i < BLOCK; i++) {
    if (lineAt[index] !== -1) output();
    roll(0);
  }
  return hashes;
}
