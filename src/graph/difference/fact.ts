import { withoutSecrets } from '../../sql/secrets.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { FunctionBody } from '../entities/function-entity.ts';
import type { Table } from '../entities/table.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl, Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { TypeRef } from '../types/type-ref.ts';
import { expressionKey } from './expression-key.ts';

/** A fact of an entity in a form that means the same in every graph: no ids, no places. */
export interface Fact {
  /** Equal for equal facts. */
  readonly key: string;
  /** For people. */
  readonly text: string;
}

/** A fact that this source cannot know: equal to anything. */
export const UNKNOWN = 'unknown';
export type KnownFact = Fact | typeof UNKNOWN;

/** Makes facts of one graph. */
export class FactWriter {
  readonly #graph: SchemaGraph;
  /** Privilege letters that one of the servers compared does not have. */
  readonly #ignoredLetters: ReadonlySet<string>;

  constructor(graph: SchemaGraph, ignoredLetters: ReadonlySet<string>) {
    this.#graph = graph;
    this.#ignoredLetters = ignoredLetters;
  }

  /** Keys and passwords are neither compared nor shown: a snapshot does not hold them. */
  text(value: string | number | boolean | null): Fact {
    const text = value === null ? 'none' : withoutSecrets(String(value));
    return { key: value === null ? '' : `=${text}`, text };
  }

  /** In the order given. */
  list(facts: readonly Fact[]): Fact {
    return {
      key: JSON.stringify(facts.map(({ key }) => key)),
      text: facts.length === 0 ? 'none' : facts.map(({ text }) => text).join(', '),
    };
  }

  /** Where Postgres keeps no order that means anything. */
  set(facts: readonly Fact[]): Fact {
    return this.list(facts.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  }

  /** Several facts that stand together, said as one phrase. */
  phrase(...facts: readonly Fact[]): Fact {
    const text = facts.flatMap((each) => (each.text === '' ? [] : [each.text])).join(' ');
    return { key: this.list(facts).key, text };
  }

  texts(values: readonly string[]): Fact {
    return this.list(values.map((each) => this.text(each)));
  }

  /** `name=value` settings: their order is that of the statements that set them. */
  settings(values: readonly { readonly name: string; readonly value: string }[]): Fact {
    return this.set(values.map(({ name, value }) => this.text(`${name}=${value}`)));
  }

  name(value: { readonly schema: string; readonly name: string } | null): Fact {
    return value === null
      ? this.text(null)
      : { key: `=${value.schema}\0${value.name}`, text: `${value.schema}.${value.name}` };
  }

  entity(id: EntityId | null): Fact {
    const entity = id === null ? undefined : this.#graph.find(id);
    return this.text(entity === undefined ? null : this.#graph.path(entity));
  }

  /** A table whose index was dropped says nothing (docs, ALTER TABLE … REPLICA IDENTITY). */
  replicaIdentity(identity: Table['replicaIdentity']): Fact {
    if (typeof identity === 'string') return this.text(identity);
    return this.#graph.find(identity.index) === undefined ? this.text('nothing') : this.entity(identity.index);
  }

  entities(ids: readonly EntityId[]): Fact {
    return this.list(ids.map((id) => this.entity(id)));
  }

  /** Is this a relation whose columns come from a query? */
  isQueried(id: EntityId): boolean {
    const kind = this.#graph.find(id)?.kind;
    return kind === 'view' || kind === 'materializedView';
  }

  columns(ids: readonly EntityId[]): Fact {
    return this.texts(this.#graph.columnNames(ids));
  }

  type(type: TypeRef | null): KnownFact {
    if (type === null || type.isUnresolved) return UNKNOWN;
    return this.text(this.#graph.typeName(type));
  }

  /** `type`: what its place makes of it. */
  expression(expression: BoundExpression | null, type?: TypeRef | null): Fact {
    if (expression === null) return this.text(null);
    const key = withoutSecrets(expressionKey(expression, this.#graph, type));
    return { key, text: oneLine(withoutSecrets(expression.text)) };
  }

  /** Bodies that are text compare as text: Postgres keeps them so. */
  body(body: FunctionBody | null): Fact {
    if (body === null) return this.text(null);
    const key =
      body.atomic === null ? this.text(body.text).key : this.list(body.atomic.map((each) => this.expression(each))).key;
    return { key, text: oneLine(withoutSecrets(body.text)) };
  }

  grantee(grantee: Grantee): Fact {
    return grantee === 'public' ? this.text('PUBLIC') : this.entity(grantee);
  }

  /** @param owner whose entry comes and goes with being the owner, which another fact is about */
  acl(acl: Acl, owner?: EntityId): Fact {
    const without = (letters: string) => [...letters].filter((letter) => !this.#ignoredLetters.has(letter)).join('');
    const entries = acl
      .map(({ grantee, privileges, grantable }) => {
        const held = without(privileges);
        const options = without(grantable);
        const name = this.grantee(grantee).text;
        const rights = `=${held}${options === '' ? '' : ` (grantable: ${options})`}`;
        const who = grantee === owner ? '' : name;
        return { held, fact: { key: this.text(`${who}${rights}`).key, text: `${name}${rights}` } };
      })
      .filter(({ held }) => held !== '');
    return this.set(entries.map(({ fact }) => fact));
  }
}

/** A known fact, for one that stands inside another. */
export function known(fact: KnownFact): Fact {
  return fact === UNKNOWN ? { key: UNKNOWN, text: UNKNOWN } : fact;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
