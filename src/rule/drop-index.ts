import type { EntityOf } from '../graph/entities/index.ts';
import { sql } from './sql.ts';

/** Of an index that the fix of another finding may drop as well, as what it makes serves in its place: the two are run one after the other. */
export function dropServed(index: EntityOf<'index'>): string {
  return sql`drop index if exists ${index.name};`;
}
