import { SourceError } from '../../errors.ts';
import type { Doubt } from '../../graph/journal.ts';
import { CATALOG, type Origin } from '../../graph/origin.ts';
import type { SchemaBuilder, SchemaContents } from '../../graph/schema-builder.ts';
import { loadPlatform, type Platform, type PlatformName } from '../../platform/platform.ts';
import { NOWHERE } from '../../sql/location.ts';
import type { NotUnderstood } from '../source.ts';
import type { ReplayContext } from './context.ts';
import { contextOn } from './prepare.ts';

/** A schema that a history goes on from. */
export interface Base {
  readonly contents: SchemaContents;
  readonly doubts: readonly Doubt[];
  readonly notUnderstood: readonly NotUnderstood[];
  readonly platform: PlatformName;
  readonly exposedSchemas: readonly string[];
  readonly extraSearchPath?: readonly string[] | undefined;
}

/** @throws SourceError for a base without a role that could run migrations */
export function prepareOn(
  base: Base,
  builder: SchemaBuilder,
): { readonly context: ReplayContext; readonly platform: Platform } {
  const platform = loadPlatform(base.platform);
  const entities = base.contents.entities.map((each) => ({
    ...each,
    origin: unplaced(each.origin),
    setBy: Object.fromEntries(Object.entries(each.setBy).map(([fact, origin]) => [fact, unplaced(origin)])),
  }));
  builder.adopt({ ...base.contents, entities }, base.doubts.map(withoutPlace));
  if (!builder.graph.ofKind('role').some((each) => each.isSuperuser || each.name === platform.bootstrapRole))
    throw new SourceError('The base has no superuser: nobody could have made it.');
  return { context: contextOn(builder, platform), platform };
}

/** Files of the base are none of those that are replayed. */
function unplaced(origin: Origin): Origin {
  return origin.from === 'statement' ? CATALOG : origin;
}

export function withoutPlace<T extends NotUnderstood>(noted: T): T {
  return { ...noted, at: NOWHERE };
}
