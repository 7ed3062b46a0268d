import type { EntityOf } from '../graph/entities/index.ts';
import type { Origin } from '../graph/origin.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { type Habit, ofSchema } from './habit.ts';
import { andList } from './prose.ts';

type View = EntityOf<'view'>;

interface Opened {
  readonly view: View;
  readonly told: {
    readonly entity: View;
    readonly origin?: Origin;
    readonly fix?: Fix;
    readonly related: readonly RelatedPlace[];
  };
  /** What its fix is called where it mends others as well. */
  readonly title: string | undefined;
}

interface OpenTexts {
  readonly view: string;
  readonly tables: string;
  readonly owner: string;
  readonly roles: string;
  readonly origin: string;
}

/** A view that lets clients past row security, and what is said of it alone. */
export type OpenView =
  | (Opened & { readonly message: 'reads'; readonly data: OpenTexts })
  | (Opened & {
      readonly message: 'writes';
      readonly data: OpenTexts & { readonly target: string; readonly commands: string; readonly others: string };
    });

/** What is alike of views that the same would mend; undefined of one of which more is to be said. */
export function viewsAlikeBy({ view, told, title, message, data }: OpenView): string | undefined {
  if (told.related.length > 0) return undefined;
  const commands = 'commands' in data ? data.commands : '';
  return [view.name.schema, message, data.owner, data.roles, commands, data.origin, title ?? ''].join(' | ');
}

/** What is told once of such views: the place, what messages say of them, and the fix of each. */
export function severalViews(graph: SchemaGraph, all: Habit<OpenView>) {
  const [first] = all;
  const { owner, roles, origin } = first.data;
  const { schema } = first.view.name;
  return {
    ...ofSchema(graph, schema, all, ({ view, told, data }) => ({
      of: view,
      origin: told.origin ?? view.origin,
      note: `${data.view} opens ${data.tables}`,
    })),
    data: {
      count: all.length,
      schema: quoteIdentifier(schema),
      views: andList(
        all.map(({ data }) => data.view),
        6,
      ),
      owner,
      roles,
      origin,
    },
    // With one more it is another finding, as a critical one is not to come in unseen under one that is known.
    discriminator: all.map(({ data }) => data.view).join(' '),
    fixes: all.map(({ view, told: { fix }, title }) => ({
      of: view,
      fix: () => (fix === undefined || title === undefined ? fix : { ...fix, title }),
    })),
  };
}
