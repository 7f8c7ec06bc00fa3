/**
 * Returns rows as just read, but reuses the previous object of each row that didn't change, so that the screen doesn't
 * render it again.
 */
export function reuseUnchanged<T extends object>(
  had: T[] | undefined,
  rows: T[],
  key: (row: T) => string,
): T[] {
  const before = new Map(had?.map((row) => [key(row), row]))
  return rows.map((row) => {
    const was = before.get(key(row))
    return was && same(was, row) ? was : row
  })
}

function same<T extends object>(a: T, b: T): boolean {
  return (Object.keys(b) as (keyof T)[]).every((field) => a[field] === b[field])
}
