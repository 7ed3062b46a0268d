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
  const byGraph = new WeakMap<SchemaGraph, { readonly changes: number; readonly answers: Map<Subject, Answer> }>();
  return (graph, subject) => {
    let known = byGraph.get(graph);
    if (known === undefined || known.changes !== graph.changes) {
      known = { changes: graph.changes, answers: new Map() };
      byGraph.set(graph, known);
    }
    const answer = known.answers.get(subject);
    if (answer !== undefined || known.answers.has(subject)) return answer as Answer;
    const made = question(graph, subject);
    known.answers.set(subject, made);
    return made;
  };
}
