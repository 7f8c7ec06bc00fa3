import type { Cover } from '../model/covers.svelte'
import type { UserAccount } from '../model/administration'

/** The covers of a fake firm. */
export class FakeCovers {
  #all: Cover[] = []

  /** The covers of a user, and by them. */
  of(user: string): Cover[] {
    return this.#all.filter((cover) => cover.account === user || cover.by === user)
  }

  all(): Cover[] {
    return this.#all
  }

  set(users: UserAccount[], account: string, by: string, from: number, until: number, alone: boolean) {
    const nameOf = (id: string) => users.find((user) => user.id === id && user.active)?.name
    const [name, by_name] = [nameOf(account), nameOf(by)]
    if (!name || !by_name || by === account)
      throw { code: 'malformed', message: 'Choose someone who is an active user.', field: 'by' }
    if (until <= from)
      throw { code: 'malformed', message: 'Choose an end that is after the start.', field: 'until' }
    this.end(account)
    this.#all.push({ account, name, by, by_name, from, until, alone })
  }

  end(account: string) {
    this.#all = this.#all.filter((cover) => cover.account !== account)
  }
}
