import type { RangeVar } from '@pgsql/types';
import { BLANK, identifiersOf, NAME } from '../../sql/names-in-text.ts';

const CREATE_TABLE = new RegExp(
  String.raw`^${BLANK}*create${BLANK}+(?:unlogged${BLANK}+)?table${BLANK}+(?:if${BLANK}+not${BLANK}+exists${BLANK}+)?(?<name>${NAME})${BLANK}*\(`,
  'iu',
);

/** The table that a text which Postgres cannot read begins to make. */
export function tableMadeIn(text: string): RangeVar | undefined {
  const parts = identifiersOf(CREATE_TABLE.exec(text)?.groups?.name ?? '');
  const [schemaname, relname] = [parts.at(-2), parts.at(-1)];
  if (relname === undefined) return undefined;
  return schemaname === undefined ? { relname } : { schemaname, relname };
}
