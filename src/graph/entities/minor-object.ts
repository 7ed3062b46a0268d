import type { QualifiedName } from '../../sql/name.ts';
import type { EntityBase } from './entity-base.ts';

/** Objects no rule asks about, known so that statements which name them are understood. */
export interface MinorObject extends EntityBase<'minorObject'> {
  readonly object:
    | 'collation'
    | 'conversion'
    | 'textSearchConfiguration'
    | 'textSearchDictionary'
    | 'textSearchParser'
    | 'textSearchTemplate'
    | 'operatorFamily'
    | 'accessMethod'
    | 'language'
    | 'subscription';
  /** `schema` is empty for objects outside schemas. */
  readonly name: QualifiedName;
}
