import type { SchemaGraph } from './schema-graph.ts';

/**
 * The same question, answered once for each graph and subject: many rules ask it of the same table, column or policy. A graph
 * that changes forgets its answers. Subjects are told apart as a Map does: objects by themselves, ids and names by their value.
 */
export function askedOnce<Answer>(question: (graph: SchemaGraph) => Answer): (graph: SchemaGraph) => Answer;
export function askedOnce<Subject, Answer>(
  question: (graph: SchemaGraph, subject: Subject) => Answer,
): (graph: SchemaGraph, subject: Subject) => Answer;
export function askedOnce<Subject, Answer>(
  question: (graph: SchemaGraph, subject: Subject) => Answer,
): (graph: SchemaGraph, subject: Subject) => Answer {
  const number = questions++;
  return (graph, subject) => {
    const answers = graph.answersTo(number) as Map<Subject, Answer>;
    const answer = answers.get(subject);
    if (answer !== undefined || answers.has(subject)) return answer as Answer;
    const made = question(graph, subject);
    answers.set(subject, made);
    return made;
  };
}

/**
 * The same for a question that is about client roles as well: their names are told apart, in their order. What else it is given (`more`: the settings of an
 * audit) is the same each time.
 */
export function askedByRoles<Subject, Answer, More extends readonly unknown[]>(
  question: (graph: SchemaGraph, subject: Subject, clientRoles: readonly string[], ...more: More) => Answer,
): (graph: SchemaGraph, subject: Subject, clientRoles: readonly string[], ...more: More) => Answer {
  const byRoles = askedOnce((_: SchemaGraph, _roles: string) => new Map<Subject, Answer>());
  return (graph, subject, clientRoles, ...more) => {
    const answers = byRoles(graph, clientRoles.join('\0'));
    const answer = answers.get(subject);
    if (answer !== undefined || answers.has(subject)) return answer as Answer;
    const made = question(graph, subject, clientRoles, ...more);
    answers.set(subject, made);
    return made;
  };
}

/** The same for what the journal or the statements alone answer. */
export function readOnce<Source extends object, Answer>(
  question: (source: Source) => Answer,
): (source: Source) => Answer {
  const answers = new WeakMap<Source, { readonly answer: Answer }>();
  return (source) => {
    const known = answers.get(source) ?? { answer: question(source) };
    answers.set(source, known);
    return known.answer;
  };
}

/** How many questions there are: each is known to a graph by its number. */
let questions = 0;
