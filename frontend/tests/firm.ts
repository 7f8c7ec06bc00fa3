import type { Portal } from './processes'

/** Somebody who talks to the portal of the demo firm without a screen. */
class Caller {
  #api: string
  #token = ''

  constructor(portal: Portal) {
    this.#api = portal.address + '/api/v1'
  }

  protected async enter(by: Record<string, string>) {
    this.#token = (await this.ask('POST', '/sessions', by)).token
  }

  protected async ask(method: string, path: string, body?: unknown) {
    const answer = await fetch(this.#api + path, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(this.#token && { Authorization: `Bearer ${this.#token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  protected async tell(participant: string, texts: string[], set_status = false) {
    for (let i = 0; i < texts.length; i += batch) {
      const messages = texts.slice(i, i + batch).map((text) => {
        return { id: newId(), participant, text, written_at: Date.now(), set_status }
      })
      await this.ask('POST', '/messages', { messages })
    }
  }
}

/** How many messages the portal takes at once. */
const batch = 100

let made = 0
/** As UUIDv7, each after the one before. */
function newId() {
  const hex = (Date.now() * 4096 + made++).toString(16).padStart(15, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(12, 15)}-8000-000000000000`
}

/** What Ana Okafor, a client, says in her only matter. */
export class Ana extends Caller {
  #link: string
  #id = ''

  constructor(portal: Portal) {
    super(portal)
    this.#link = portal.ana.split('#')[1]
  }

  async signIn(): Promise<this> {
    await this.enter({ link: this.#link })
    const [{ matter }] = (await this.ask('GET', '/matters')).matters
    this.#id = (await this.ask('GET', `/matters/${matter}/changes?limit=1`)).participants[0].id
    return this
  }

  say(...texts: string[]) {
    return this.tell(this.#id, texts)
  }
}

/** What Maya, a user of the demo firm, does at its portal with her desktop app. */
export class Maya extends Caller {
  #opened = 0

  /** As her colleague, if one is named. */
  async signIn(who = 'maya'): Promise<this> {
    await this.enter({ email: `${who}@hartwell.example`, password: 'demo demo demo' })
    return this
  }

  /** Puts somebody on a matter's portal, and returns their id. */
  async add(matter: string, name: string, role = 'Client'): Promise<string> {
    return (await this.ask('POST', `/matters/${matter}/participants`, { name, role })).id
  }

  /** Opens a matter, with others on its team. */
  async open(title: string, ...team: string[]): Promise<string> {
    const reference = `2026-${900 + this.#opened++}`
    const users = await this.#ids(team)
    return (await this.ask('POST', '/matters', { reference, title, type: 'Purchase', team: users })).id
  }

  /** Says who is on a matter's team. */
  async team(matter: string, ...team: string[]) {
    await this.ask('PUT', `/matters/${matter}/team`, { users: await this.#ids(team) })
  }

  async #ids(who: string[]): Promise<string[]> {
    const { users } = await this.ask('GET', '/users')
    return who.map((name) => users.find((user: { email: string }) => user.email.startsWith(`${name}@`)).id)
  }

  /** The path of a new link for them. */
  async invite(participant: string): Promise<string> {
    return (await this.ask('POST', `/participants/${participant}/invitation`)).path
  }

  /** The id of somebody on a matter's portal. */
  async find(matter: string, name: string): Promise<string> {
    const { matters } = await this.ask('GET', '/matters')
    for (const head of matters) {
      const page = await this.ask('GET', `/matters/${head.matter}/changes?limit=1`)
      const person = page.participants?.find((p: { name: string }) => p.name === name)
      if (page.info?.reference === matter && person) return person.id
    }
    throw new Error(`no ${name} in ${matter}`)
  }

  remove(participant: string) {
    return this.ask('DELETE', `/participants/${participant}`)
  }

  close(matter: string) {
    return this.ask('PUT', `/matters/${matter}/closed`, { closed: true })
  }

  say(participant: string, text: string, set_status = false) {
    return this.tell(participant, [text], set_status)
  }
}
