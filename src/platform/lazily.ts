/** The value, made when it is first asked for: reading data files must not cost those who need none. */
export function lazily<T>(make: () => T): () => T {
  const cell: { value?: T } = {};
  return () => {
    cell.value ??= make();
    return cell.value;
  };
}
