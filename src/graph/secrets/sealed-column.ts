import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { wordsOf } from '../lexicon/words.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { remarkBeside } from '../remark-beside.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Functions of pgcrypto, pgsodium and the server that make a hash or a cipher text. */
const SEALING = new Set(
  `crypt digest hmac sha224 sha256 sha384 sha512 md5 encrypt encrypt_iv pgp_sym_encrypt pgp_sym_encrypt_bytea
  pgp_pub_encrypt pgp_pub_encrypt_bytea crypto_aead_det_encrypt crypto_secretbox crypto_box create_secret update_secret
  crypto_pwhash_str crypto_generichash`.split(/\s+/),
);
const SEALED = /encrypt|\bhash|cipher|\bvault|\bbcrypt|\bargon|sha-?256|verschl(?:ü|ue)sselt/i;

/**
 * Does a comment, a function that writes the column, or what is kept beside it to be shown, say that what it keeps is a hash or
 * encrypted?
 */
export function keptSealed(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  texts: ReadonlyMap<string, string>,
): boolean {
  const table = graph.find(column.relation);
  // `access_token text, -- encrypted` is said of the refresh_token below it as well.
  if (graph.columns(column.relation).some((each) => saysSealed(remarkBeside(each, texts)?.text ?? ''))) return true;
  if (SEALED.test(column.comment ?? '') || SEALED.test(table?.comment ?? '')) return true;
  return hasDisplayTwin(graph, column) || sealedColumns(graph).has(column.id);
}

/** `display_secret_key` beside `secret_key`: what is kept for being shown is not read from the other. */
function hasDisplayTwin(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  const name = wordsOf(column.name).join('_');
  return graph.columns(column.relation).some((each) => {
    const words = wordsOf(each.name);
    const rest = words.filter((word) => !DISPLAYED.has(word));
    return rest.length === words.length - 1 && rest.join('_') === name;
  });
}

const DISPLAYED = new Set(['display', 'masked']);

function saysSealed(remark: string): boolean {
  return SEALED.test(remark) && !/\b(?:not|never|no|yet|todo|fixme|unencrypted|plain)/i.test(remark);
}

/** The columns that functions fill with what such a function gives: in INSERT and UPDATE, or `new.c := …` of a trigger. */
const sealedColumns = askedOnce((graph): ReadonlySet<EntityId> => {
  const found = new Set<EntityId>();
  for (const routine of userRoutines(graph)) {
    const { writes, assignments } = routineShape(graph, routine);
    for (const { write } of writes) {
      for (const { column, value } of write.sets) if (column !== null && seals(value)) found.add(column);
    }
    const set = assignments.filter(({ target, value }) => target[0] === 'new' && value !== null && seals(value.tree));
    if (set.length === 0) continue;
    for (const trigger of graph.dependentsOfKind(routine.id, 'trigger')) {
      for (const { target } of set) {
        const column = graph.column(trigger.relation, target[1] ?? '');
        if (column !== undefined) found.add(column.id);
      }
    }
  }
  return found;
});

function seals(value: Node | null): boolean {
  return anyNode(value ?? undefined, (node) => {
    const call = fieldsOf(node, 'FuncCall');
    return call !== undefined && SEALING.has(writtenName(call.funcname).name);
  });
}
