/** The fields of parse trees that hold places, in every node type of PG 18's protobuf definition. */
const PLACES = new Set([
  'location',
  'name_location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
]);

/**
 * Replaces every place in a tree, in one pass without recursion. Places of -1 (the parser knows none) stay. Of a tree
 * fresh from libpg-query places of 0 would be lost: its JSON leaves out fields that are zero. So what it is handed must not
 * start with a token of the file.
 */
export function relocate(tree: object, place: (offset: number) => number): void {
  const todo: object[] = [tree];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    const fields = node as Record<string, unknown>;
    for (const key in fields) {
      const value = fields[key];
      if (typeof value === 'object' && value !== null) todo.push(value);
      else if (typeof value === 'number' && value >= 0 && PLACES.has(key)) fields[key] = place(value);
    }
  }
}

/** Does the field say where something stands, and nothing of what it is? */
export function isPlace(field: string): boolean {
  return PLACES.has(field) || field === 'stmt_len';
}
