import type { FirmSettings } from './administration'
import type { Failure } from './backend'
import { Form } from './form.svelte'

type Days = 'idle_days' | 'client_idle_days' | 'absolute_days' | 'offline_days'

/** The least and the most days of each setting, as the portal allows them. */
export const limits: Record<Days, [least: number, most: number]> = {
  idle_days: [1, 365],
  client_idle_days: [0, 365],
  absolute_days: [1, 400],
  offline_days: [0, 400],
}

/** The values of the form: numbers as the user types them. */
export type SettingsValues = Omit<FirmSettings, Days> & Record<Days, string>

export function settingsForm(
  { team_manages, read_expired, two_step, ...days }: FirmSettings,
  save: (settings: FirmSettings) => Promise<void>,
): Form<SettingsValues> {
  const typed = Object.fromEntries(names.map((name) => [name, String(days[name])])) as Record<Days, string>
  return new Form<SettingsValues>({ team_manages, read_expired, two_step, ...typed }, (values) => {
    const wanted = Object.fromEntries(names.map((name) => [name, daysOf(name, values[name])])) as Record<
      Days,
      number
    >
    for (const idle of ['idle_days', 'client_idle_days'] as const) {
      if (wanted[idle] > wanted.absolute_days) throw tooLong(idle, wanted.absolute_days)
    }
    const { team_manages, read_expired, two_step } = values
    return save({ team_manages, read_expired, two_step, ...wanted })
  })
}

/** What differs between the settings as they were and as the user wants them. */
export function changes(before: FirmSettings, after: FirmSettings): Partial<FirmSettings> {
  const names = Object.keys(after) as (keyof FirmSettings)[]
  return Object.fromEntries(
    names.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]]),
  )
}

const names = Object.keys(limits) as Days[]

const tooLong = (field: Days, days: number): Failure => ({
  code: 'malformed',
  field,
  message: `Enter at most ${days}: after ${days === 1 ? 'a day' : `${days} days`}, everyone signs in again anyway.`,
})

/** Throws a Failure for the field. */
function daysOf(field: Days, typed: string): number {
  const [least, most] = limits[field]
  const days = Number(typed.trim())
  if (/^\d+$/.test(typed.trim()) && days >= least && days <= most) return days
  throw {
    code: 'malformed',
    field,
    message: `Enter a number from ${least} to ${most}.`,
  } satisfies Failure
}
