/** So many names are remembered; a schema has fewer. */
const MOST = 50_000;

/** The same question of a name, answered once: tables share most of their columns' names, and each rule asks about each. */
export function byName<Answer>(question: (name: string) => Answer): (name: string) => Answer {
  const answers = new Map<string, Answer>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    const made = question(name);
    if (answers.size === MOST) answers.clear();
    answers.set(name, made);
    return made;
  };
}
