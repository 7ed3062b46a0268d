import { decidersByWritten } from '../graph/caller/added-standings.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { policyOf } from './client-prose.ts';
import { andList } from './prose.ts';
import { workingDeciders } from './working-deciders.ts';

type Policy = EntityOf<'policy'>;

/** Whether policies of other tables let in whoever writes such a row, and a sentence that says so. */
export interface LetIn {
  /** Empty where none does. */
  readonly text: string;
  /** Today, and not only once another finding is mended. */
  readonly isLetIn: boolean;
}

/** What is gained by rows that whoever is signed in may write as they like, by the first of the commands that gains anything. */
export function letInByRows(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  access: readonly ClientAccess[],
  commands: readonly ('insert' | 'update')[],
  clientRoles: readonly string[],
): LetIn {
  const found = commands.map((command) => {
    const deciders = decidersByWritten(graph, table, access, command, clientRoles);
    const { working, idle } = workingDeciders(graph, deciders, clientRoles);
    const text = letInText(graph, command, working.length > 0 ? working : deciders, idle);
    return { text, isLetIn: working.length > 0 };
  });
  return found.find(({ isLetIn }) => isLetIn) ?? found.find(({ text }) => text !== '') ?? { text: '', isLetIn: false };
}

function letInText(
  graph: SchemaGraph,
  command: 'insert' | 'update',
  deciders: readonly Policy[],
  idle: string,
): string {
  if (deciders.length === 0) return '';
  const named = andList(
    deciders.map((each) => policyOf(graph, each)),
    2,
  );
  const who = command === 'insert' ? 'whoever adds one of their own' : 'whoever changes theirs to what it asks for';
  return ` And ${named} ${deciders.length === 1 ? 'decides' : 'decide'} by such rows: ${who} is let in.${idle}`;
}
