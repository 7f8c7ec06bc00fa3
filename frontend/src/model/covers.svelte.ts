import { Form, missing } from './form.svelte'
import { Watched } from './watched.svelte'

/** A colleague gets a user's alerts while the user is away. It gives no access to matters. */
export interface Cover {
  /** The user who is away. */
  account: string
  name: string
  /** The colleague. */
  by: string
  by_name: string
  /** It covers the messages that arrive from this time on, and ends at the other. */
  from: number
  until: number
  /** Only the colleague gets the alerts. Otherwise both do. */
  alone: boolean
  /** How many of the user's open matters the colleague can't open. Their alerts still go to the user. */
  cant_open?: number
}

export interface CoversBackend {
  /** The covers of the user and by the user. Works offline. */
  covers(): Promise<Cover[]>
  /** Asks the portal for them or, as an admin, for everyone's. */
  readCovers(): Promise<Cover[]>
  setCover(account: string, by: string, from: number, until: number, alone: boolean): Promise<void>
  endCover(account: string): Promise<void>
  onSession(hint: () => void): () => void
}

/** What the form for a cover holds. Times are those of an input, in this computer's zone. */
export interface CoverValues {
  by: string
  from: string
  until: string
  alone: boolean
}

/** Who covers for the user while they are away, and for whom they cover. */
export class Covers extends Watched<Cover[]> {
  readonly me: string
  #backend: CoversBackend

  constructor(backend: CoversBackend, me: string) {
    super(
      [],
      () => backend.covers(),
      (hint) => backend.onSession(hint),
    )
    this.#backend = backend
    this.me = me
  }

  /** Who covers for the user, now or later. */
  get own(): Cover | undefined {
    return this.value.find((cover) => cover.account === this.me)
  }

  /** For whom the user covers, now or later. */
  get forOthers(): Cover[] {
    return this.value.filter((cover) => cover.by === this.me)
  }

  /** A user's cover, as the portal has it. */
  async of(account: string): Promise<Cover | undefined> {
    const covers = await this.#backend.readCovers()
    return covers.find((cover) => cover.account === account)
  }

  /** The form for who covers for a user: an existing cover, or from now until a week later. */
  form(account: string, cover: Cover | undefined, now: number): Form<CoverValues> {
    const first = {
      by: cover?.by ?? '',
      from: inputTime(cover?.from ?? now),
      until: inputTime(cover?.until ?? now + week),
      alone: cover?.alone ?? false,
    }
    return new Form<CoverValues>(first, async ({ by, from, until, alone }) => {
      if (!by) throw missing('by', 'Choose a colleague.')
      if (!from) throw missing('from', 'Choose when it starts.')
      if (!until) throw missing('until', 'Choose when it ends.')
      await this.#backend.setCover(account, by, timeOf(from), timeOf(until), alone)
    })
  }

  end(account: string): Promise<void> {
    return this.#backend.endCover(account)
  }
}

const week = 7 * 24 * 60 * 60 * 1000

/** A time as an input of the type datetime-local has it. */
function inputTime(at: number): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

const timeOf = (input: string) => new Date(input).getTime()
