import type { Standing } from './caller-standing.ts';

/** Has a caller one of the standings asked for without any of the others: a value of the same column that none of them asks for? */
export function isWider(asked: readonly Standing[], others: readonly Standing[]): boolean {
  return asked.some((own) => {
    const same = others.filter(({ column, values }) => column === own.column && values.length > 0);
    return same.length > 0 && own.values.some((value) => same.every((each) => !each.values.includes(value)));
  });
}
