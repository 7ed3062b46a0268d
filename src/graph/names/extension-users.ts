import type { Node, TypeName } from '@pgsql/types';
import { commentsOf } from '../../sql/comments.ts';
import { patternOf } from '../../sql/name.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { builtinOperators } from '../binding/builtin/builtins.ts';
import { searchPathOf } from '../binding/graph-names.ts';
import type { EntityOf } from '../entities/index.ts';
import { eachStatement } from '../query-shapes/pl-statements.ts';
import { bodyTree, expressionsOf } from '../routines/body-tree.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import { pinsPath } from '../routines/pins-path.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;

/** What fails once an extension is in another schema: bodies look its functions, operators and types up when they run (docs, ALTER EXTENSION). */
export interface ExtensionUsers {
  /** They find it by a search_path of their own, in which the new schema is missing. Rather one too many than one too few. */
  readonly byPath: readonly Routine[];
  /** Those of them that surely fail: they write a function or a type of it without a schema. */
  readonly byBareName: readonly Routine[];
  /** They write its present schema before a name. */
  readonly bySchema: readonly Routine[];
  /** The SQLSTATEs with which those fail: 42883 for a function or an operator, 42704 for a type. */
  readonly codes: readonly string[];
}

/**
 * The routines that an extension's move from one schema to another would break. Bodies in SQL-standard form are bound when they are made. Undefined for an
 * extension of which it is not known what bodies call of it.
 */
export function extensionUsers(
  graph: SchemaGraph,
  extension: string,
  from: string,
  to: string,
): ExtensionUsers | undefined {
  const members = membersOf(graph, extension);
  if (members === undefined) return undefined;
  const routines = graph.ofKind('function').filter((each) => {
    return isUsersOwn(graph, each) && each.body !== null && each.body.atomic === null;
  });
  const byPath = routines.filter((each) => {
    const path = pinsPath(each) ? searchPathOf(graph, each) : [];
    return path.includes(from) && !path.includes(to) && isUsing(each, members);
  });
  const withSchema = routines.map((routine) => ({ routine, names: namesWithSchema(routine, members, from) }));
  const codes = withSchema.flatMap(({ names }) => names.map((name) => (members.types.has(name) ? '42704' : '42883')));
  return {
    byPath,
    byBareName: byPath.filter((each) => namesBare(each, members)),
    bySchema: withSchema.filter(({ names }) => names.length > 0).map(({ routine }) => routine),
    codes: [...new Set(codes)].sort(),
  };
}

interface Members {
  readonly names: readonly string[];
  readonly operators: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  /** Relations with a column of one of its types. */
  readonly relations: readonly string[];
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((each) => each !== '');
}

/** What bodies call of the extensions that are met most, as their documentation lists it: functions, operators, types. */
const CONTENTS: ReadonlyMap<string, readonly [functions: string, operators: string, types: string]> = new Map([
  [
    'pg_trgm',
    [
      'similarity word_similarity strict_word_similarity show_trgm set_limit show_limit',
      '% <% %> <<% %>> <-> <<-> <->> <<<-> <->>>',
      '',
    ],
  ],
  ['unaccent', ['unaccent', '', '']],
  [
    'fuzzystrmatch',
    [
      'levenshtein levenshtein_less_equal soundex difference metaphone dmetaphone dmetaphone_alt daitch_mokotoff',
      '',
      '',
    ],
  ],
  [
    'uuid-ossp',
    [
      `uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_url uuid_ns_oid
      uuid_ns_x500`,
      '',
      '',
    ],
  ],
  [
    'pgcrypto',
    [
      `digest hmac crypt gen_salt encrypt decrypt encrypt_iv decrypt_iv gen_random_bytes armor dearmor pgp_key_id pgp_armor_headers
      pgp_sym_encrypt pgp_sym_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea pgp_pub_encrypt pgp_pub_encrypt_bytea
      pgp_pub_decrypt pgp_pub_decrypt_bytea`,
      '',
      '',
    ],
  ],
  ['citext', ['', '= <> < <= > >= ~ ~* !~ !~* ~~ ~~* !~~ !~~*', 'citext']],
  [
    'vector',
    [
      `l2_distance inner_product cosine_distance l1_distance hamming_distance jaccard_distance vector_dims vector_norm l2_norm l2_normalize
      binary_quantize subvector array_to_vector vector_to_float4`,
      '<-> <#> <=> <+> <~> <%> + - * || = <> < <= > >=',
      'vector halfvec sparsevec',
    ],
  ],
]);

function membersOf(graph: SchemaGraph, extension: string): Members | undefined {
  const contents = CONTENTS.get(extension);
  if (contents === undefined) return undefined;
  const [functions, operators, types] = contents.map(words);
  const own = new Set(types);
  const typed = graph.ofKind('column').filter(({ type }) => type !== null && own.has(type.name.name));
  const relations = typed.flatMap(({ relation }) => {
    const found = graph.find(relation);
    return found !== undefined && 'name' in found && typeof found.name === 'object' ? [found.name.name] : [];
  });
  return {
    names: [...(functions ?? []), ...own],
    operators: new Set(operators),
    types: own,
    relations: [...new Set(relations)],
  };
}

function isUsing(routine: Routine, members: Members): boolean {
  if (members.names.some((each) => isNamedInBody(routine, each))) return true;
  // An operator that Postgres has as well is the extension's where one of its types stands, or two texts do: `a % b`.
  const isTyped =
    routine.parameters.some(({ type }) => members.types.has(type.name.name)) ||
    members.relations.some((each) => isNamedInBody(routine, each));
  return expressionsOf(bodyTree(routine)).some(({ tree }) =>
    anyNode(tree, (node) => {
      const { name, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
      const operator = stringsOf(name).at(-1) ?? '';
      if (!members.operators.has(operator)) return false;
      return builtinOperators(operator).length === 0 || isTyped || (operator === '%' && !isNumber(rexpr));
    }),
  );
}

function isNumber(node: Parameters<typeof fieldsOf>[0]): boolean {
  const constant = fieldsOf(node, 'A_Const');
  return constant?.ival !== undefined || constant?.fval !== undefined;
}

/** Does it write one of its functions or types without a schema: a call, a cast, the type of a variable? */
function namesBare(routine: Routine, { names, types }: Members): boolean {
  const isBare = (list: readonly Node[] | undefined, all: (name: string) => boolean) => {
    const [name, more] = stringsOf(list);
    return name !== undefined && more === undefined && all(name);
  };
  const isType = (type: TypeName | undefined) => isBare(type?.names, (name) => types.has(name));
  const tree = bodyTree(routine);
  const declared =
    tree.language === 'plpgsql'
      ? [...eachStatement([tree.block])].flatMap(({ statement }) =>
          statement.kind === 'block' ? statement.declarations : [],
        )
      : [];
  return (
    declared.some((each) => each.kind === 'variable' && each.type.reference === undefined && isType(each.type.name)) ||
    expressionsOf(tree).some(({ tree: expression }) =>
      anyNode(
        expression,
        (node) =>
          isType(fieldsOf(node, 'TypeCast')?.typeName) ||
          isBare(fieldsOf(node, 'FuncCall')?.funcname, (name) => names.includes(name)),
      ),
    )
  );
}

/** The names of it before which the schema is written. */
function namesWithSchema({ body }: Routine, { names, operators }: Members, schema: string): readonly string[] {
  const text = commentsOf(body?.text ?? '').reduceRight(
    (rest, { start, end }) => `${rest.slice(0, start)} ${rest.slice(end)}`,
    body?.text ?? '',
  );
  const before = new RegExp(`(?<![\\w$.])"?${patternOf(schema)}"?\\s*\\.\\s*("?[\\w$]+"?|[^\\s\\w)]+)`, 'gi');
  return [...text.matchAll(before)].flatMap(([, name = '']) => {
    const written = name.replaceAll('"', '');
    if (names.includes(written.toLowerCase())) return written.toLowerCase();
    return operators.has(written) ? written : [];
  });
}
