import type { Node } from '@pgsql/types';
import type { EntityId } from '../entity-id.ts';
import { innerNode } from './analysis.ts';
import { bindExpression, bindQuery } from './bind.ts';
import type { Binding } from './binding.ts';
import { writeExpression } from './canonical/expression.ts';
import { cast, key, print } from './canonical/form.ts';
import { quoted } from './canonical/key-syntax.ts';
import { writeQuery } from './canonical/query.ts';
import type { Form, Writer } from './canonical/writer.ts';
import type { NameSource } from './name-source.ts';

/** Levels that are written in their form; what is deeper is compared as it was written. */
const MAX_DEPTH = 400;

export interface CanonicalOptions {
  /** Whether the names of a query's output columns are part of what it is; CREATE VIEW v (a, b) gives others. Default: yes. */
  readonly isNamed?: boolean;
  /** What a label of an enum is called now. */
  readonly labelOf?: (type: EntityId, label: string) => string;
}

/**
 * A text that is the same for an expression (or query) as it was written and as Postgres prints it (pg_get_expr,
 * pg_get_viewdef, pg_get_indexdef, pg_get_constraintdef), and different for expressions that mean different things. It is no
 * SQL, and is stable only within one version of ddlint. Names are those that `nameOf` gives now.
 * @param binding of this tree; without it, names count as written
 */
export function canonical(
  tree: Node,
  binding: Binding | undefined,
  nameOf: (id: EntityId) => string,
  { isNamed = true, labelOf = (_, label) => label }: CanonicalOptions = {},
): string {
  const isQuery = /Stmt$/.test(Object.keys(tree)[0] ?? '');
  const bound = binding ?? (isQuery ? bindQuery(tree, NO_NAMES) : bindExpression(tree, {}, NO_NAMES));
  let depth = 0;
  const writer: Writer = {
    binding: bound,
    nameOf,
    labelOf,
    value: (node) => {
      const inner = innerNode(node);
      if (!node || !inner) return key('-');
      if (depth >= MAX_DEPTH) return key(withoutPlaces(node));
      depth++;
      const written = writeExpression(node, writer);
      const form = cast(
        { ...written, type: written.type ?? bound.types.get(inner) } as Form,
        bound.coercions.get(inner),
        writer,
      );
      depth--;
      return form;
    },
    text: (node) => print(writer.value(node), writer),
    query: (node, isNamed) => writeQuery(node, isNamed, writer),
  };
  return isQuery ? writer.query(tree, isNamed) : writer.text(tree);
}

const NO_NAMES: NameSource = { relation: () => undefined, functions: () => [], type: () => undefined };

function withoutPlaces(node: Node): string {
  return quoted(JSON.stringify(node, (name, value) => (name === 'location' ? undefined : value)));
}
