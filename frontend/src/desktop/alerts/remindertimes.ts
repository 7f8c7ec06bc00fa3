const hour = 3_600_000 // milliseconds
const morning = 9

/** When a user can be reminded, in the zone of this computer. */
export function reminderTimes(now: number): { label: string; at: number }[] {
  const today = new Date(now)
  const morningIn = (days: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, morning).getTime()
  const toMonday = (8 - today.getDay()) % 7 || 7
  return [
    { label: 'In an hour', at: now + hour },
    { label: 'Tomorrow morning', at: morningIn(1) },
    ...(toMonday > 1 ? [{ label: 'Monday', at: morningIn(toMonday) }] : []),
  ]
}
